package dev.doorbell.emulated.zoned;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random writes, appends, management actions, flushes and losses of power against a model of the
 * standard's rules. Writes begin, transfer and end in any order; the power fails between any two
 * steps, and at every write and sync of a commit. Everything is in one thread and comes from one
 * seed, so that a failure replays: {@code -Ddoorbell.seed=N}.
 */
class ZoneModelTest {
  private static final int OPERATIONS = 150_000;
  private static final int POWER_CUTS = 1_500;
  private static final int BLOCK = 512;
  private static final int JOURNAL_SECTORS = 6;

  private static final ZoneGeometry[] GEOMETRIES = {
    new ZoneGeometry(BLOCK, 24, 16, 12, 3, 5, 0, 64, 1, 1, true),
    new ZoneGeometry(BLOCK, 9, 8, 8, 0, 4, 0, 192, 0, 0, false),
    new ZoneGeometry(BLOCK, 40, 16, 5, 4, 4, 4096, 0, 2, 3, true),
    new ZoneGeometry(BLOCK, 12, 16, 16, 0, 0, 0, 64, 0, 1, true),
  };

  private final long seed = Long.getLong("doorbell.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final PowerCutDisk.Power power = new PowerCutDisk.Power();
  private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);

  private ZoneGeometry geometry;
  private PowerCutDisk image;
  private PowerCutDisk file;
  private Zones zones;
  private ModelZone[] model;

  /** The state of the last commit that was acknowledged, and of one under way. */
  private ModelZone[] committed;

  private ModelZone[] committing;

  private final List<Request> writes = new ArrayList<>();
  private final List<Request> waiting = new ArrayList<>();
  private long nextId;
  private long clock;
  private int operations;
  private int cuts;
  private int cutsInCommits;
  private long durableAppends;
  private long givenBack;

  private static final class Request extends ZoneRequest {
    private ModelZone.Write write;
    private boolean durable;
    private boolean appends;
    private int zone;
    private ZoneAction action;
    private byte[] extension;
  }

  @Test
  void whatWasAcknowledgedSurvivesAndNoPointerOrLimitIsEverWrong() {
    System.out.println("ZoneModelTest: seed " + seed);
    try {
      while (operations < OPERATIONS || cuts < POWER_CUTS) {
        newDrive(GEOMETRIES[random.nextInt(GEOMETRIES.length)]);
        for (int life = 0; life < 20; life++) {
          live(random.nextInt(200) + 1);
          loseAndRestorePower();
        }
      }
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed + ", operation " + operations, e);
    }
    System.out.printf(
        "ZoneModelTest: %d operations, %d power cuts, %d of them in a commit, %d durable appends%n",
        operations, cuts, cutsInCommits, durableAppends);
    assertTrue(cutsInCommits > POWER_CUTS / 10);
    assertTrue(durableAppends > OPERATIONS / 100);
    assertTrue(givenBack > OPERATIONS / 100, "failed writes that were the last: " + givenBack);
  }

  private void newDrive(ZoneGeometry newGeometry) {
    geometry = newGeometry;
    image = new PowerCutDisk(power, Math.toIntExact(geometry.blocks() * BLOCK));
    file = new PowerCutDisk(power, (int) ZoneMetaLayout.fileBytes(geometry, JOURNAL_SECTORS));
    ZoneMetaFile.format(file, geometry, JOURNAL_SECTORS);
    file.sync();
    model = new ModelZone[geometry.zones()];
    for (int i = 0; i < model.length; i++) {
      int fromEnd = model.length - 1 - i;
      ZoneCondition condition =
          fromEnd < geometry.offlineZones()
              ? ZoneCondition.OFFLINE
              : fromEnd < geometry.offlineZones() + geometry.readOnlyZones()
                  ? ZoneCondition.READ_ONLY
                  : ZoneCondition.EMPTY;
      model[i] = new ModelZone(i * geometry.zoneSize(), geometry.zoneCapacity(), condition);
    }
    committed = copy(model);
    zones = Zones.load("model", geometry, file, false, true);
  }

  /** Steps until the power fails. */
  private void live(int steps) {
    try {
      for (int i = 0; i < steps; i++) {
        step();
        operations++;
        checkLimits();
      }
      if (random.nextBoolean()) {
        // In the middle of what the last commit writes, at any of its steps.
        power.failIn(1 + random.nextInt(6));
        while (true) {
          step();
          operations++;
        }
      }
    } catch (PowerCutDisk.PowerLost e) {
      if (committing != null) {
        cutsInCommits++;
      }
    }
  }

  private void step() {
    int what = random.nextInt(100);
    if (what < 40) {
      beginWrite();
    } else if (what < 60) {
      transfer();
    } else if (what < 80) {
      end();
    } else if (what < 92) {
      manage();
    } else {
      commit(List.of());
    }
  }

  private void beginWrite() {
    Request request = new Request();
    request.durable = random.nextInt(3) > 0;
    request.appends = random.nextBoolean();
    request.zone = random.nextInt(Math.min(model.length, 8));
    if (random.nextInt(20) == 0) {
      request.zone = random.nextInt(model.length);
    }
    int blocks = 1 + random.nextInt(4);
    ModelZone zone = model[request.zone];
    if (request.appends) {
      request.append(zone.start + (random.nextInt(50) == 0 ? 1 : 0), blocks);
    } else {
      // Off the end of the zone's blocks at times, but within the namespace, as callers check that.
      long lba = zone.taken + (random.nextInt(6) == 0 ? random.nextInt(3) - 1 : 0);
      lba = Math.max(zone.start, Math.min(lba, zone.start + geometry.zoneSize() - 1));
      request.write(lba, blocks);
    }
    begin(request);
  }

  private void begin(Request request) {
    ModelZone zone = model[request.zone];
    boolean gated = operationOn(request.zone);
    long asked = request.lba();
    int status = zones.begin(request);
    if (gated) {
      assertEquals(Zones.DEFERRED, status);
      return;
    }
    int expected = expectedOfWrite(zone, request, asked);
    assertEquals(expected, Status.code(status), () -> zone + " " + Status.name(status));
    if (expected != Status.SUCCESS) {
      return;
    }
    makeRoom(zone);
    if (!zone.condition.open()) {
      zone.condition = ZoneCondition.IMPLICITLY_OPEN;
      zone.openedAt = clock++;
    }
    assertEquals(zone.taken, request.lba());
    ModelZone.Write write =
        new ModelZone.Write(zone, zone.taken, request.blocks(), ++nextId, request.durable);
    zone.taken += write.blocks;
    zone.underWay.add(write);
    request.write = write;
    writes.add(request);
  }

  private int expectedOfWrite(ModelZone zone, Request request, long asked) {
    if (request.appends && asked != zone.start) {
      return Status.INVALID_FIELD;
    }
    switch (zone.condition) {
      case FULL:
        return Status.ZONE_IS_FULL;
      case READ_ONLY:
        return Status.ZONE_IS_READ_ONLY;
      case OFFLINE:
        return Status.ZONE_IS_OFFLINE;
      default:
        break;
    }
    if (zone.taken == zone.end) {
      return Status.ZONE_IS_FULL;
    }
    if (!request.appends && asked != zone.taken) {
      return Status.ZONE_INVALID_WRITE;
    }
    if (zone.taken + request.blocks() > zone.end) {
      return Status.ZONE_BOUNDARY_ERROR;
    }
    return zone.condition.open() ? Status.SUCCESS : expectedOfOpening(zone);
  }

  private int expectedOfOpening(ModelZone zone) {
    if (zone.condition == ZoneCondition.EMPTY
        && geometry.maxActive() > 0
        && active() >= geometry.maxActive()) {
      return Status.TOO_MANY_ACTIVE_ZONES;
    }
    if (geometry.maxOpen() > 0 && open() >= geometry.maxOpen() && oldestImplicit() == null) {
      return Status.TOO_MANY_OPEN_ZONES;
    }
    return Status.SUCCESS;
  }

  private void makeRoom(ModelZone zone) {
    if (!zone.condition.open() && geometry.maxOpen() > 0 && open() >= geometry.maxOpen()) {
      oldestImplicit().condition = ZoneCondition.CLOSED;
    }
  }

  private void transfer() {
    List<Request> ready = writes.stream().filter(r -> !r.write.transferred).toList();
    if (ready.isEmpty()) {
      return;
    }
    Request request = ready.get(random.nextInt(ready.size()));
    ModelZone.Write write = request.write;
    if (random.nextInt(6) == 0) {
      write.failed = true;
      write.durable = false;
      end(request);
      return;
    }
    for (int i = 0; i < write.blocks; i++) {
      block.putLong(0, write.id);
      image.write(block, 0, BLOCK, (write.start + i) * BLOCK);
    }
    write.transferred = true;
  }

  private void end() {
    List<Request> ready = writes.stream().filter(r -> r.write.transferred).toList();
    if (!ready.isEmpty()) {
      end(ready.get(random.nextInt(ready.size())));
    }
  }

  private void end(Request request) {
    writes.remove(request);
    ModelZone.Write write = request.write;
    ModelZone zone = write.zone;
    write.ended = true;
    if (write.failed && zone.taken == write.start + write.blocks) {
      zone.taken = write.start;
      write.blocks = 0;
      // Those behind it have none any more: they are where it was.
      zone.underWay.stream().filter(w -> w.id > write.id).forEach(w -> w.start = write.start);
      givenBack++;
    }
    for (int i = 0; i < write.blocks; i++) {
      long id = write.failed ? ModelZone.ANYTHING : write.id;
      zone.ids[(int) (write.start - zone.start) + i] = id;
    }
    List<Request> expected = new ArrayList<>();
    List<ModelZone.Write> before = List.copyOf(zone.underWay);
    while (!zone.underWay.isEmpty() && zone.underWay.get(0).ended) {
      ModelZone.Write first = zone.underWay.remove(0);
      zone.pointer = first.start + first.blocks;
    }
    if (zone.pointer == zone.end && zone.condition.active()) {
      zone.condition = ZoneCondition.FULL;
    }
    List<Request> released =
        chain(write.failed ? zones.fail(request) : zones.end(request, write.durable));
    for (ModelZone.Write each : before) {
      if (each.durable && each.ended && !zone.underWay.contains(each)) {
        expected.addAll(released.stream().filter(r -> r.write == each).toList());
      }
    }
    long durable = before.stream().filter(w -> w.durable && !zone.underWay.contains(w)).count();
    assertEquals(durable, expected.size(), "durable writes whose predecessors have ended");
    List<Request> done = released.stream().filter(r -> !r.writes()).toList();
    assertEquals(released.size(), expected.size() + done.size());
    for (Request operation : done) {
      applied(operation);
    }
    commit(expected);
    for (Request operation : done) {
      finished(operation);
    }
  }

  private void manage() {
    Request request = new Request();
    request.action = ZoneAction.values()[2 + random.nextInt(ZoneAction.values().length - 2)];
    request.zone = random.nextInt(Math.min(model.length, 8));
    boolean all = random.nextInt(25) == 0;
    if (request.action == ZoneAction.SET_DESCRIPTOR_EXTENSION) {
      if (geometry.extensionBytes() == 0) {
        return;
      }
      all = false;
      request.extension = new byte[geometry.extensionBytes()];
      random.nextBytes(request.extension);
    }
    if (all) {
      request.zone = -1;
    }
    long lba = all ? 0 : model[request.zone].start;
    request.manage(request.action, lba, all, request.extension);
    manage(request);
  }

  private void manage(Request request) {
    boolean gated = request.zone < 0 ? !waiting.isEmpty() : operationOn(request.zone);
    boolean busy =
        request.zone < 0
            ? List.of(model).stream().anyMatch(z -> !z.underWay.isEmpty())
            : !model[request.zone].underWay.isEmpty();
    int status = zones.begin(request);
    if (gated) {
      assertEquals(Zones.DEFERRED, status);
      return;
    }
    if (busy) {
      assertEquals(Zones.DEFERRED, status);
      waiting.add(request);
      return;
    }
    waiting.add(request);
    applied(request, status);
    if (status == Status.SUCCESS) {
      commit(List.of());
    }
    finished(request);
  }

  private void applied(Request request) {
    applied(request, request.status());
  }

  /** The action has been done; the model follows. */
  private void applied(Request request, int status) {
    int expected = request.zone < 0 ? applyToAll(request.action) : apply(request);
    assertEquals(
        expected,
        Status.code(status),
        () -> request.action + " " + (request.zone < 0 ? "all" : model[request.zone].toString()));
  }

  private void finished(Request request) {
    waiting.remove(request);
    for (Request next : chain(zones.finish(request))) {
      if (next.writes()) {
        begin(next);
      } else {
        manage(next);
      }
    }
  }

  private int apply(Request request) {
    ModelZone zone = model[request.zone];
    ZoneCondition c = zone.condition;
    boolean active = c.active();
    switch (request.action) {
      case OPEN:
        if (c == ZoneCondition.EMPTY || c == ZoneCondition.CLOSED) {
          int status = expectedOfOpening(zone);
          if (status != Status.SUCCESS) {
            return status;
          }
          makeRoom(zone);
        } else if (!active) {
          return Status.INVALID_ZONE_TRANSITION;
        }
        zone.condition = ZoneCondition.EXPLICITLY_OPEN;
        return Status.SUCCESS;
      case CLOSE:
        if (!active) {
          return Status.INVALID_ZONE_TRANSITION;
        }
        zone.condition = ZoneCondition.CLOSED;
        return Status.SUCCESS;
      case FINISH:
        if (!active && c != ZoneCondition.EMPTY && c != ZoneCondition.FULL) {
          return Status.INVALID_ZONE_TRANSITION;
        }
        finish(zone);
        return Status.SUCCESS;
      case RESET:
        if (!active && c != ZoneCondition.EMPTY && c != ZoneCondition.FULL) {
          return Status.INVALID_ZONE_TRANSITION;
        }
        zone.reset();
        return Status.SUCCESS;
      case OFFLINE:
        if (c != ZoneCondition.READ_ONLY && c != ZoneCondition.OFFLINE) {
          return Status.INVALID_ZONE_TRANSITION;
        }
        zone.condition = ZoneCondition.OFFLINE;
        return Status.SUCCESS;
      default:
        if (c != ZoneCondition.EMPTY) {
          return Status.INVALID_ZONE_TRANSITION;
        }
        if (geometry.maxActive() > 0 && active() >= geometry.maxActive()) {
          return Status.TOO_MANY_ACTIVE_ZONES;
        }
        zone.condition = ZoneCondition.CLOSED;
        zone.extensionValid = true;
        zone.extension = request.extension;
        return Status.SUCCESS;
    }
  }

  private int applyToAll(ZoneAction action) {
    List<ModelZone> closed =
        List.of(model).stream().filter(z -> z.condition == ZoneCondition.CLOSED).toList();
    switch (action) {
      case OPEN:
        long explicit =
            List.of(model).stream()
                .filter(z -> z.condition == ZoneCondition.EXPLICITLY_OPEN)
                .count();
        if (geometry.maxOpen() > 0 && explicit + closed.size() > geometry.maxOpen()) {
          return Status.TOO_MANY_OPEN_ZONES;
        }
        for (ModelZone zone : closed) {
          makeRoom(zone);
          zone.condition = ZoneCondition.EXPLICITLY_OPEN;
        }
        return Status.SUCCESS;
      case CLOSE:
        List.of(model).stream()
            .filter(z -> z.condition.open())
            .forEach(z -> z.condition = ZoneCondition.CLOSED);
        return Status.SUCCESS;
      case FINISH:
        List.of(model).stream().filter(z -> z.condition.active()).forEach(this::finish);
        return Status.SUCCESS;
      case RESET:
        List.of(model).stream()
            .filter(z -> z.condition.active() || z.condition == ZoneCondition.FULL)
            .forEach(ModelZone::reset);
        return Status.SUCCESS;
      default:
        List.of(model).stream()
            .filter(z -> z.condition == ZoneCondition.READ_ONLY)
            .forEach(z -> z.condition = ZoneCondition.OFFLINE);
        return Status.SUCCESS;
    }
  }

  private void finish(ModelZone zone) {
    zone.condition = ZoneCondition.FULL;
    zone.taken = zone.end;
    zone.pointer = zone.end;
  }

  /** Commits, which acknowledges these writes and, of volatile ones, all that have ended. */
  private void commit(List<Request> durable) {
    committing = copy(model);
    assertEquals(Status.SUCCESS, zones.commit(image::sync));
    committed = committing;
    committing = null;
    durableAppends += durable.stream().filter(r -> r.appends).count();
  }

  private void loseAndRestorePower() {
    cuts++;
    power.restore();
    image.cut(random);
    file.cut(random);
    writes.clear();
    waiting.clear();
    zones = Zones.load("model", geometry, file, false, true);
    ModelZone[] before = powerOn(committed);
    ModelZone[] after = committing == null ? null : powerOn(committing);
    ModelZone[] found = after != null && !matches(before) ? after : before;
    assertZones(found);
    model = found;
    committing = null;
    // Power-on has made it durable.
    committed = copy(model);
  }

  /** The rules of power-on, applied to a state that was on disk. */
  private ModelZone[] powerOn(ModelZone[] state) {
    ModelZone[] on = copy(state);
    for (ModelZone zone : on) {
      if (zone.condition.open()) {
        boolean unwritten = zone.pointer == zone.start && !zone.extensionValid;
        zone.condition = unwritten ? ZoneCondition.EMPTY : ZoneCondition.CLOSED;
      }
    }
    return on;
  }

  private boolean matches(ModelZone[] expected) {
    try {
      assertZones(expected);
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }

  private void assertZones(ModelZone[] expected) {
    ByteBuffer report = report();
    for (int i = 0; i < expected.length; i++) {
      ModelZone zone = expected[i];
      int at = ZoneDescriptor.HEADER_SIZE + i * ZoneDescriptor.SIZE;
      String which = "zone " + i + " was " + zone;
      assertEquals(
          zone.condition, ZoneCondition.ofCode(ZoneDescriptor.condition(report, at)), which);
      if (zone.condition.writable()) {
        assertEquals(zone.pointer, ZoneDescriptor.writePointer(report, at), which);
      }
      if (zone.extensionValid) {
        ByteBuffer extended =
            ZoneMetaFile.buffer(
                ZoneDescriptor.HEADER_SIZE + ZoneDescriptor.SIZE + geometry.extensionBytes());
        zones.report(zone.start, null, true, true, extended);
        byte[] bytes = new byte[geometry.extensionBytes()];
        extended.get(ZoneDescriptor.HEADER_SIZE + ZoneDescriptor.SIZE, bytes);
        assertArrayEquals(zone.extension, bytes, which);
      }
      // Every block below the pointer holds what was written there: the pointer ran not ahead.
      for (long lba = zone.start; lba < Math.min(zone.pointer, zones.dataEnd(i)); lba++) {
        long id = zone.ids[(int) (lba - zone.start)];
        if (id != ModelZone.ANYTHING) {
          assertEquals(id, image.bytes().getLong((int) lba * BLOCK), which + ", block " + lba);
        }
      }
    }
  }

  private void checkLimits() {
    assertTrue(geometry.maxOpen() == 0 || open() <= geometry.maxOpen());
    assertTrue(geometry.maxActive() == 0 || active() <= geometry.maxActive());
    assertEquals(
        open(),
        zones.count(ZoneCondition.IMPLICITLY_OPEN) + zones.count(ZoneCondition.EXPLICITLY_OPEN));
    assertEquals(active(), open() + zones.count(ZoneCondition.CLOSED));
  }

  private ByteBuffer report() {
    ByteBuffer report =
        ZoneMetaFile.buffer(ZoneDescriptor.HEADER_SIZE + ZoneDescriptor.SIZE * geometry.zones());
    zones.report(0, null, false, false, report);
    assertEquals(geometry.zones(), ZoneDescriptor.count(report, 0));
    return report;
  }

  private boolean operationOn(int zone) {
    return waiting.stream().anyMatch(r -> r.zone < 0 || r.zone == zone);
  }

  private ModelZone oldestImplicit() {
    return List.of(model).stream()
        .filter(z -> z.condition == ZoneCondition.IMPLICITLY_OPEN)
        .min(Comparator.comparingLong(z -> z.openedAt))
        .orElse(null);
  }

  private int open() {
    return (int) List.of(model).stream().filter(z -> z.condition.open()).count();
  }

  private int active() {
    return (int) List.of(model).stream().filter(z -> z.condition.active()).count();
  }

  private static ModelZone[] copy(ModelZone[] zones) {
    ModelZone[] copy = new ModelZone[zones.length];
    for (int i = 0; i < zones.length; i++) {
      copy[i] = zones[i].copy();
    }
    return copy;
  }

  private static List<Request> chain(ZoneRequest first) {
    List<Request> all = new ArrayList<>();
    ZoneRequest next = first;
    while (next != null) {
      Request request = (Request) next;
      next = request.unlink();
      all.add(request);
    }
    assertNull(next);
    return all;
  }
}
