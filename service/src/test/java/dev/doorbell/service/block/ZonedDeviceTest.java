package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.zoned.Zone;
import dev.doorbell.service.block.BlockCounters.Counter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Appends, writes and management of zones keep to the rules of all requests. */
class ZonedDeviceTest {
  private static final int BLOCK = 4096;
  private static final long ZONE = 1 << 20;
  private static final int ZONE_BLOCKS = (768 << 10) / BLOCK;
  private static final long MS = 1_000_000;
  private static final BlockSettings STOPPING =
      BlockSettings.PLAIN.withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAppendTellsWhereItWentWhicheverLoopsQueueItUses(boolean sharing) {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      BlockWorld.Loop loop = sharing ? world.addSharingLoop() : world.loops.get(0);
      List<TestRequest> appends = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        appends.add(append(loop, 3, bytes(i, (1 + i) * BLOCK)));
      }
      world.settle();
      long at = 3 * ZONE;
      for (int i = 0; i < 5; i++) {
        assertEquals(0, appends.get(i).status);
        assertEquals(at, appends.get(i).appendedAt());
        assertArrayEquals(bytes(i, (1 + i) * BLOCK), world.content(at, (1 + i) * BLOCK));
        at += (1 + i) * BLOCK;
      }
      assertEquals(5, loop.device.counters().get(BlockKind.APPEND, Counter.DONE));
      assertEquals(15 * BLOCK, loop.device.counters().get(BlockKind.APPEND, Counter.BYTES));
      assertEquals(15 * BLOCK, loop.device.zones().counters().appendedBytes());
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void anAppendThatDoesNotFitIsInvalidAndNeverReachesTheDrive() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      BlockWorld.Loop loop = world.loops.get(0);
      long commands = loop.commands();
      int most = world.namespace.appendBytes();
      assertEquals(32 << 10, most);
      assertEquals(BlockStatus.OUT_OF_RANGE, refused(loop, -1, BLOCK));
      assertEquals(BlockStatus.OUT_OF_RANGE, refused(loop, 8, BLOCK));
      assertEquals(BlockStatus.OUT_OF_RANGE, refused(loop, 0, 0));
      assertEquals(BlockStatus.TOO_LARGE, refused(loop, 0, most + BLOCK));
      assertEquals(BlockStatus.UNALIGNED, refused(loop, 0, BLOCK + 1));
      world.configure(BlockSettings.PLAIN.withReadOnly(true));
      assertEquals(BlockStatus.READ_ONLY, refused(loop, 0, BLOCK));
      world.namespace.lose();
      assertEquals(BlockStatus.UNAVAILABLE, refused(loop, 0, BLOCK));
      assertEquals(commands, loop.commands());
      assertEquals(7, loop.device.counters().get(BlockKind.APPEND, Counter.INVALID));
      assertEquals(0, loop.device.active());
    }
    try (BlockWorld world = new BlockWorld(1, BLOCK, 1 << 20, BlockSettings.PLAIN)) {
      assertEquals(BlockStatus.UNSUPPORTED, refused(world.loops.get(0), 0, BLOCK));
    }
  }

  @Test
  void aZoneIsWrittenInWholeBlocksOnly() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      TestRequest write = world.write(world.loops.get(0), 0, new byte[100]);
      assertTrue(write.done);
      assertEquals(BlockStatus.UNALIGNED, write.status);
    }
  }

  /** Writes may not cross zones, and reads of this drive neither. */
  @Test
  void requestsOfTwoZonesAreNotMerged() {
    try (BlockWorld world = worldOfFullZones(BlockSettings.PLAIN.withMerge(true))) {
      BlockWorld.Loop loop = world.loops.get(0);
      for (long at = 0; at < ZONE; at += 8 * BLOCK) {
        assertEquals(0, end(world, world.write(loop, at, bytes(1, 8 * BLOCK))).status);
      }
      TestRequest before = world.read(loop, ZONE - BLOCK, BLOCK);
      TestRequest after = world.read(loop, ZONE, BLOCK);
      world.settle();
      assertEquals(0, before.status);
      assertEquals(0, after.status);
      before.take();
      after.take();
      TestRequest first = world.write(loop, ZONE, new byte[BLOCK]);
      TestRequest second = world.write(loop, ZONE + BLOCK, new byte[BLOCK]);
      world.settle();
      assertEquals(0, first.status | second.status);
      assertEquals(1, loop.device.counters().get(BlockKind.WRITE, Counter.MERGED));
    }
  }

  @ParameterizedTest
  @EnumSource(ErrorPolicy.class)
  void whatAZoneRefusesIsAConflictAndNotAFailureOfTheDrive(ErrorPolicy policy) {
    try (BlockWorld world = world(BlockSettings.PLAIN.withErrors(policy, policy))) {
      BlockWorld.Loop loop = world.loops.get(0);
      assertEquals(0, manage(world, loop, ZoneAction.FINISH, 2));
      assertEquals(
          Status.ZONE_IS_FULL, Status.code(end(world, append(loop, 2, new byte[BLOCK])).status));
      assertEquals(
          Status.ZONE_INVALID_WRITE,
          Status.code(end(world, world.write(loop, 5 * BLOCK, new byte[BLOCK])).status));
      assertEquals(
          Status.INVALID_ZONE_TRANSITION, Status.code(manage(world, loop, ZoneAction.OPEN, 2)));
      assertTrue(world.control().stopped().isEmpty());
      BlockCounters counters = loop.device.counters();
      for (BlockKind kind : List.of(BlockKind.APPEND, BlockKind.WRITE, BlockKind.ZONE_MANAGEMENT)) {
        assertEquals(1, counters.get(kind, Counter.CONFLICT), kind.label());
        assertEquals(0, counters.get(kind, Counter.FAILED), kind.label());
      }
      assertEquals(1, counters.get(BlockKind.ZONE_MANAGEMENT, Counter.DONE));
    }
  }

  /** Nobody could say where the bytes are. */
  @Test
  void anAppendThatFailedIsNeverPassedOffAsDone() {
    try (BlockWorld world =
        world(BlockSettings.PLAIN.withErrors(ErrorPolicy.IGNORE, ErrorPolicy.IGNORE))) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      assertEquals(
          Status.WRITE_FAULT, Status.code(end(world, append(loop, 0, new byte[BLOCK])).status));
      assertEquals(1, loop.device.counters().get(BlockKind.APPEND, Counter.FAILED));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void appendsThatFailAndThoseThatComeAreSentInOrderWhenResumed(boolean sharing) {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop loop = sharing ? world.addSharingLoop() : world.loops.get(0);
      assertEquals(0, end(world, append(loop, 1, bytes(99, BLOCK))).status);
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      List<TestRequest> appends = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        appends.add(append(loop, 1, bytes(i, BLOCK)));
      }
      world.settle();
      NamespaceControl.Stop stop = world.control().stopped().orElseThrow();
      assertEquals(BlockKind.APPEND, stop.kind());
      assertEquals(ZONE, stop.offset());
      assertEquals(3, loop.device.waiting());
      for (int i = 3; i < 6; i++) {
        appends.add(append(loop, 1, bytes(i, BLOCK)));
      }
      world.settle();
      assertEquals(6, loop.device.waiting());
      assertTrue(appends.stream().noneMatch(a -> a.done));

      resume(world);
      assertEquals(6, loop.device.waiting(), "not cured: it stops again");
      assertEquals(2, world.control().stops());
      world.store.cure();
      resume(world);
      for (int i = 0; i < 6; i++) {
        assertTrue(appends.get(i).done);
        assertEquals(0, appends.get(i).status);
        assertEquals(ZONE + (1 + i) * BLOCK, appends.get(i).appendedAt(), "each once, in order");
        assertArrayEquals(bytes(i, BLOCK), world.content(ZONE + (1 + i) * BLOCK, BLOCK));
      }
      assertEquals(ZONE / BLOCK + 7, zone(world, 1).writePointer());
      assertEquals(0, world.bytesInUse());
      assertEquals(0, loop.device.active());
    }
  }

  @Test
  void aWriteAtThePointerThatFailedIsSentAgainToTheSameBlocks() {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      assertEquals(0, end(world, world.write(loop, 0, bytes(1, 2 * BLOCK))).status);
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      TestRequest write = world.write(loop, 2 * BLOCK, bytes(2, 2 * BLOCK));
      world.settle();
      assertFalse(write.done);
      assertEquals(2, zone(world, 0).writePointer());
      world.store.cure();
      resume(world);
      assertTrue(write.done);
      assertEquals(0, write.status);
      assertEquals(4, zone(world, 0).writePointer());
      assertArrayEquals(bytes(2, 2 * BLOCK), world.content(2 * BLOCK, 2 * BLOCK));
    }
  }

  @Test
  void theEndFailsAppendsThatWait() {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      TestRequest failed = append(loop, 0, new byte[BLOCK]);
      world.settle();
      TestRequest waits = append(loop, 0, new byte[BLOCK]);
      world.control().end();
      world.settle();
      assertEquals(Status.WRITE_FAULT, Status.code(failed.status));
      assertEquals(BlockStatus.STOPPED, waits.status);
      assertEquals(1, loop.device.counters().get(BlockKind.APPEND, Counter.FAILED));
      assertEquals(1, loop.device.counters().get(BlockKind.APPEND, Counter.BUSY));
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void appendsAndManagementWaitForADrain() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      BlockWorld.Loop loop = world.loops.get(0);
      TestRequest before = append(loop, 0, new byte[BLOCK]);
      var drained = world.control().drain();
      world.loops.forEach(BlockWorld.Loop::runTasks);
      assertFalse(drained.isDone());
      TestRequest later = append(loop, 0, new byte[BLOCK]);
      List<Integer> reset = new ArrayList<>();
      loop.device.zones().manage(ZoneAction.RESET, 5, reset::add);
      world.settle();
      assertTrue(drained.isDone() && before.done);
      assertFalse(later.done);
      assertEquals(List.of(), reset);
      assertEquals(2, loop.device.waiting());
      world.control().undrain();
      world.settle();
      assertEquals(BLOCK, later.appendedAt());
      assertEquals(List.of(0), reset);
    }
  }

  @Test
  void appendsKeepToTheRateAndTakeTurns() {
    try (BlockWorld world = world(BlockSettings.PLAIN.withRates(1000, 0, 1))) {
      BlockWorld.Loop loop = world.loops.get(0);
      List<TestRequest> greedy = new ArrayList<>();
      List<TestRequest> modest = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        greedy.add(append(loop, 0, new byte[BLOCK], "greedy"));
      }
      for (int i = 0; i < 3; i++) {
        modest.add(append(loop, 1, new byte[BLOCK], "modest"));
      }
      world.settle();
      assertEquals(2, done(greedy));
      for (int i = 0; i < 6; i++) {
        world.pass(MS);
      }
      assertEquals(3, done(modest));
      assertEquals(2 + 3, done(greedy));
      world.configure(BlockSettings.PLAIN);
      assertEquals(12, done(greedy));
    }
    try (BlockWorld world = world(BlockSettings.PLAIN.withRates(0, 1000L * BLOCK, 1))) {
      BlockWorld.Loop loop = world.loops.get(0);
      TestRequest large = append(loop, 0, new byte[8 * BLOCK]);
      TestRequest next = append(loop, 0, new byte[BLOCK]);
      world.pass(6 * MS);
      assertTrue(large.done);
      assertFalse(next.done, "its bytes count");
      world.pass(2 * MS);
      assertTrue(next.done);
    }
  }

  @Test
  void managementIsRefusedWhereNothingMayChange() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      BlockWorld.Loop loop = world.loops.get(0);
      end(world, append(loop, 4, new byte[BLOCK]));
      world.configure(BlockSettings.PLAIN.withReadOnly(true));
      long commands = loop.commands();
      assertEquals(BlockStatus.READ_ONLY, manage(world, loop, ZoneAction.RESET, 4));
      List<Integer> all = new ArrayList<>();
      loop.device.zones().manageAll(ZoneAction.RESET, all::add);
      assertEquals(List.of(BlockStatus.READ_ONLY), all);
      assertEquals(commands, loop.commands());
      assertEquals(2, loop.device.counters().get(BlockKind.ZONE_MANAGEMENT, Counter.INVALID));
      assertEquals(4 * ZONE / BLOCK + 1, zone(world, 4).writePointer());
    }
  }

  @Test
  void managementWaitsWhileStoppedAndIsDoneOnce() {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      end(world, append(loop, 4, new byte[BLOCK]));
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      TestRequest append = append(loop, 5, new byte[BLOCK]);
      world.settle();
      List<Integer> reset = new ArrayList<>();
      loop.device.zones().manage(ZoneAction.RESET, 4, reset::add);
      world.settle();
      assertEquals(List.of(), reset);
      world.store.cure();
      resume(world);
      assertEquals(List.of(0), reset);
      assertTrue(append.done);
      assertEquals(ZoneCondition.EMPTY, zone(world, 4).condition());
      assertEquals(1, loop.device.zones().counters().actions(ZoneAction.RESET));
    }
  }

  /** Faults come and go at random while clients of all loops append: each record is there once. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void faultsThatComeAndGoLoseNoAppend(long seed) {
    Random random = new Random(seed);
    try (BlockWorld world = BlockWorld.zoned(2, BLOCK, 8, STOPPING)) {
      world.addSharingLoop();
      List<TestRequest> appends = new ArrayList<>();
      int rounds = 8 * ZONE_BLOCKS / 2;
      while (appends.size() < rounds) {
        world.step(random);
        if (random.nextInt(60) == 0) {
          long bad = random.nextInt(8) * ZONE;
          world.store.failWrites(o -> o >= bad && o < bad + ZONE, Status.WRITE_FAULT);
        }
        if (random.nextInt(40) == 0) {
          if (random.nextInt(3) > 0) {
            world.store.cure();
          }
          world.control().resume();
        }
        if (random.nextInt(4) == 0) {
          BlockWorld.Loop loop = world.loops.get(random.nextInt(world.loops.size()));
          TestRequest append = new TestRequest();
          if (append.append(loop.device, random.nextInt(8), bytes(appends.size(), BLOCK))) {
            appends.add(append);
          }
        }
      }
      world.store.cure();
      resume(world);
      List<Long> places = new ArrayList<>();
      for (int i = 0; i < appends.size(); i++) {
        TestRequest append = appends.get(i);
        assertTrue(append.done, "seed " + seed);
        if (append.status == BlockStatus.STOPPED
            || Status.code(append.status) == Status.ZONE_IS_FULL) {
          continue;
        }
        assertEquals(0, append.status, "seed " + seed);
        places.add(append.appendedAt());
        assertArrayEquals(bytes(i, BLOCK), world.content(append.appendedAt(), BLOCK));
      }
      assertEquals(places.size(), places.stream().distinct().count(), "seed " + seed);
      assertTrue(world.control().stops() > 3, "stops: " + world.control().stops());
      assertEquals(0, world.bytesInUse());
    }
  }

  private static BlockWorld world(BlockSettings settings) {
    return BlockWorld.zoned(2, BLOCK, 8, settings);
  }

  /** Zones whose capacity is their size, so that they adjoin. */
  private static BlockWorld worldOfFullZones(BlockSettings settings) {
    return BlockWorld.zoned(1, BLOCK, 4, (1 << 20) / BLOCK, settings);
  }

  private static TestRequest append(BlockWorld.Loop loop, int zone, byte[] bytes) {
    return append(loop, zone, bytes, null);
  }

  private static TestRequest append(BlockWorld.Loop loop, int zone, byte[] bytes, Object client) {
    TestRequest request = new TestRequest();
    request.setClient(client);
    assertTrue(request.append(loop.device, zone, bytes), "memory");
    return request;
  }

  private static int refused(BlockWorld.Loop loop, int zone, int length) {
    TestRequest request = new TestRequest();
    loop.device.append(request, zone, length, false);
    assertTrue(request.done);
    return request.status;
  }

  private static int manage(BlockWorld world, BlockWorld.Loop loop, ZoneAction action, int zone) {
    List<Integer> statuses = new ArrayList<>();
    loop.device.zones().manage(action, zone, statuses::add);
    world.settle();
    assertEquals(1, statuses.size());
    return statuses.get(0);
  }

  private static Zone zone(BlockWorld world, int zone) {
    List<Zone> zones = new ArrayList<>();
    world.device().zones().report(zone, null, 1, (s, report) -> zones.addAll(report.zones()));
    world.settle();
    return zones.get(0);
  }

  private static void resume(BlockWorld world) {
    world.settle();
    var resumed = world.control().resume();
    world.settle();
    assertTrue(resumed.isDone());
  }

  private static TestRequest end(BlockWorld world, TestRequest request) {
    world.settle();
    assertTrue(request.done);
    return request;
  }

  private static int done(List<TestRequest> requests) {
    return (int) requests.stream().filter(r -> r.done).count();
  }

  private static byte[] bytes(long seed, int n) {
    byte[] bytes = new byte[n];
    Arrays.fill(bytes, (byte) seed);
    bytes[0] = (byte) (seed >> 8);
    return bytes;
  }
}
