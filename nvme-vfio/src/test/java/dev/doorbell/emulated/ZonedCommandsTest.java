package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.Zones;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.ChangedZones;
import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyZoned;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCommand;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Zoned namespaces as a host sees them that fills its rings by hand. */
class ZonedCommandsTest {
  private static final int BLOCK = 4096;

  /** 16 zones of 64 blocks, 48 of which can be written. */
  private static final ZoneGeometry GEOMETRY =
      new ZoneGeometry(BLOCK, 16, 64, 48, 3, 5, 1 << 16, 64, 1, 1, false);

  @Test
  void identifyTellsOfCommandSetsZonesAndTheAppendLimit() {
    try (RawHost host = started(new MemoryStore(GEOMETRY.blocks() * BLOCK))) {
      assertEquals(0, identify(host, 0, IdentifyZoned.CNS_COMMAND_SETS, 0));
      assertEquals(0b101, host.data.buffer().getLong(0));
      assertEquals(0, host.data.buffer().getLong(8));
      assertEquals(0, identify(host, 1, IdentifyZoned.CNS_NAMESPACE, IdentifyZoned.CSI_ZONED));
      assertEquals(64, IdentifyZoned.zoneBlocks(host.data.buffer(), 0, 0));
      assertEquals(3, IdentifyZoned.maxOpen(host.data.buffer(), 0));
      assertEquals(5, IdentifyZoned.maxActive(host.data.buffer(), 0));
      assertEquals(0, identify(host, 0, IdentifyZoned.CNS_CONTROLLER, IdentifyZoned.CSI_ZONED));
      assertEquals(4, IdentifyZoned.appendLimit(host.data.buffer(), 0));
      assertEquals(0, identify(host, 0, IdentifyZoned.CNS_CONTROLLER, IdentifyZoned.CSI_NVM));
      assertEquals(0, IdentifyZoned.appendLimit(host.data.buffer(), 0));
      assertEquals(0, identify(host, 1, Identify.CNS_NAMESPACE_DESCRIPTORS, 0));
      assertEquals(0x0104, host.data.buffer().getShort(32));
      assertEquals(IdentifyZoned.CSI_ZONED, host.data.buffer().get(36));
      assertEquals(
          Status.INVALID_FIELD,
          identify(host, 1, IdentifyZoned.CNS_NAMESPACE, IdentifyZoned.CSI_NVM));
      assertEquals(Status.INVALID_FIELD, identify(host, 2, IdentifyZoned.CNS_NAMESPACE, 2));
      assertEquals(Status.INVALID_NAMESPACE, identify(host, 7, IdentifyZoned.CNS_NAMESPACE, 0));
      assertEquals(Status.INVALID_FIELD, identify(host, 1, IdentifyZoned.CNS_NAMESPACE, 1));
    }
  }

  @Test
  void withTheNvmCommandSetAloneAZoneIsOnlyReadAndWritten() {
    try (RawHost host = new RawHost(EmulatedController.open(config(store()).build()))) {
      host.enable();
      RawHost.Pair io = host.createPair(1, 8);
      assertEquals(Status.SUCCESS, io.write(0, 1, host.dataIova, 0, 0));
      assertEquals(Status.ZONE_INVALID_WRITE, Status.code(io.write(0, 1, host.dataIova, 0, 0)));
      assertEquals(Status.INVALID_OPCODE, append(host, io, 1, 1).code());
      assertEquals(Status.INVALID_OPCODE, manage(io, ZoneAction.RESET, 0).code());
    }
  }

  @Test
  void fieldsThatMakeNoSenseAreRefused() {
    try (RawHost host = started(store())) {
      RawHost.Pair io = host.createPair(1, 8);
      assertEquals(Status.INVALID_FIELD, send(io, 0, 0x00).code());
      assertEquals(Status.INVALID_FIELD, send(io, 0, 0x06).code());
      assertEquals(Status.INVALID_FIELD, send(io, 1, ZoneAction.OPEN.code()).code());
      assertEquals(Status.INVALID_FIELD, send(io, 0, 0x110).code());
      assertEquals(Status.LBA_OUT_OF_RANGE, send(io, 1024, ZoneAction.OPEN.code()).code());
      assertEquals(Status.LBA_OUT_OF_RANGE, send(io, -1, ZoneAction.OPEN.code()).code());
      assertEquals(Status.INVALID_FIELD, receive(host, io, 0, 4096, 2).code());
      assertEquals(Status.INVALID_FIELD, receive(host, io, 0, 4096, 8 << 8).code());
      assertEquals(Status.INVALID_FIELD, receive(host, io, 0, 60, 0).code());
      assertEquals(Status.INVALID_FIELD, receive(host, io, 0, 4 << 20, 0).code());
      assertEquals(Status.LBA_OUT_OF_RANGE, receive(host, io, 1024, 4096, 0).code());
      assertEquals(Status.SUCCESS, receive(host, io, 1023, 4096, 0).code());
      assertEquals(1, ZoneDescriptor.count(host.data.buffer(), 0));
      assertEquals(Status.INVALID_FIELD, append(host, io, 0, 17).code());
      // The neighbour is conventional, and has no zones.
      RawHost.Completion c = io.execute(ZoneCommand.APPEND, 2, host.dataIova, 0, 0, 0);
      assertEquals(Status.INVALID_OPCODE, c.code());
      assertEquals(ZoneCondition.EMPTY, condition(host, io, 0));
    }
  }

  @Test
  void aWornOutZoneIsInTheListOfChangedZonesUntilItIsRead() {
    try (RawHost host = started(store())) {
      RawHost.Pair io = host.createPair(1, 8);
      append(host, io, 2 * 64, 1);
      host.controller.wearOut(1, 2, ZoneCondition.READ_ONLY);
      host.controller.wearOut(1, 3, ZoneCondition.OFFLINE);
      assertEquals(Status.ZONE_IS_READ_ONLY, append(host, io, 2 * 64, 1).code());
      assertEquals(Status.SUCCESS, io.read(2 * 64, 1, host.dataIova, 0));
      assertEquals(Status.ZONE_IS_OFFLINE, Status.code(io.read(3 * 64, 1, host.dataIova, 0)));
      int retain = 1 << 15;
      for (int flags : new int[] {retain, 0}) {
        assertEquals(Status.SUCCESS, changedZones(host, 1, flags));
        assertEquals(2, ChangedZones.count(host.data.buffer(), 0));
        assertEquals(2 * 64, ChangedZones.zone(host.data.buffer(), 0, 0));
        assertEquals(3 * 64, ChangedZones.zone(host.data.buffer(), 0, 1));
      }
      assertEquals(Status.SUCCESS, changedZones(host, 1, 0));
      assertEquals(0, ChangedZones.count(host.data.buffer(), 0));
      assertEquals(Status.INVALID_LOG_PAGE, changedZones(host, 2, 0));
      assertEquals(Status.INVALID_NAMESPACE, changedZones(host, 9, 0));
    }
  }

  @Test
  void aResetWaitsForTheWritesOfItsZoneAndLaterOnesWaitForIt() {
    GatedStore store = new GatedStore(GEOMETRY.blocks() * BLOCK);
    try (RawHost host = started(store)) {
      RawHost.Pair io = host.createPair(1, 16);
      host.fillData(0, BLOCK, 1);
      host.fillData(BLOCK, BLOCK, 2);
      int before = post(io, ZoneCommand.APPEND, 0, host.dataIova, 0);
      int reset = post(io, ZoneCommand.MANAGEMENT_SEND, 0, 0, (long) ZoneAction.RESET.code() << 32);
      int after = post(io, ZoneCommand.APPEND, 0, host.dataIova + BLOCK, 0);
      int other = post(io, ZoneCommand.APPEND, 64, host.dataIova, 0);
      io.ring();
      store.awaitWriters(2);
      assertNull(io.poll());
      store.let(2);
      // The zone beside is not held up; of this one, all end in their order.
      Map<Integer, RawHost.Completion> ended = new TreeMap<>();
      for (int i = 0; i < 3; i++) {
        RawHost.Completion c = io.await();
        ended.put(c.cid(), c);
      }
      assertTrue(ended.keySet().containsAll(java.util.List.of(before, reset, other)));
      store.awaitWriters(1);
      store.let(1);
      RawHost.Completion last = io.await();
      assertEquals(after, last.cid());
      assertEquals(0, last.result(), "where the reset zone begins");
      assertEquals(Status.SUCCESS, io.read(0, 1, host.dataIova + 2 * BLOCK, 0));
      host.assertData(2 * BLOCK, BLOCK, 2);
    }
  }

  /** It can be repeated where it was, unless another has gone behind it meanwhile. */
  @Test
  void aWriteThatFailsGivesItsBlocksBackIfItIsTheLast() {
    GatedStore store = new GatedStore(GEOMETRY.blocks() * BLOCK);
    try (RawHost host = started(store)) {
      RawHost.Pair io = host.createPair(1, 16);
      store.fail(true);
      store.let(1);
      assertEquals(Status.WRITE_FAULT, Status.code(io.write(0, 1, host.dataIova, 0, 0)));
      store.fail(false);
      store.let(1);
      assertEquals(Status.SUCCESS, io.write(0, 1, host.dataIova, 0, 0));
      int[] cids = postTwo(host, io, store);
      store.fail(true);
      store.let(1);
      RawHost.Completion c = io.await();
      assertEquals(cids[0], c.cid());
      assertEquals(Status.WRITE_FAULT, c.code());
      store.fail(false);
      store.let(1);
      assertEquals(2, io.await().result(), "behind the block that is used up");

      cids = postTwo(host, io, store);
      store.fail(true);
      store.letLast();
      c = io.await();
      assertEquals(cids[1], c.cid());
      assertEquals(Status.WRITE_FAULT, c.code());
      store.let(1);
      assertEquals(Status.WRITE_FAULT, io.await().code());
      store.fail(false);
      store.let(2);
      assertEquals(3, append(host, io, 0, 1).result(), "both have given theirs back");
    }
  }

  /** Two appends, which reach the store in their order. */
  private static int[] postTwo(RawHost host, RawHost.Pair io, GatedStore store) {
    int[] cids = new int[2];
    for (int i = 0; i < 2; i++) {
      cids[i] = post(io, ZoneCommand.APPEND, 0, host.dataIova, 0);
      io.ring();
      store.awaitWriters(i + 1);
    }
    return cids;
  }

  @Test
  void aDurableAppendEndsAfterAllThatTookTheirPlacesBeforeIt() {
    GatedStore store = new GatedStore(GEOMETRY.blocks() * BLOCK);
    try (RawHost host = started(store)) {
      RawHost.Pair io = host.createPair(1, 16);
      int first = post(io, ZoneCommand.APPEND, 0, host.dataIova, 0);
      io.ring();
      store.awaitWriters(1);
      int durable = post(io, ZoneCommand.APPEND, 0, host.dataIova, NvmOpcode.CDW12_FUA);
      io.ring();
      store.awaitWriters(2);
      store.letLast();
      store.awaitWritten(1);
      assertNull(io.poll());
      store.let(1);
      RawHost.Completion a = io.await();
      RawHost.Completion b = io.await();
      assertEquals(java.util.Set.of(first, durable), java.util.Set.of(a.cid(), b.cid()));
      assertEquals(1, a.result() + b.result());
    }
  }

  @Test
  void aLossOfPowerTakesBackWhatWasNotDurableAndClosesZones(@TempDir Path directory) {
    Path image = directory.resolve("disk.img");
    FileStore file =
        FileStore.open(FileStore.Options.sized(image, GEOMETRY.blocks() * BLOCK, BLOCK));
    Zones zones =
        Zones.open(GEOMETRY, new Zones.Options(Zones.Options.beside(image), false, false, false));
    NamespaceConfig namespace =
        new NamespaceConfig(new PowerLossStore(file, BLOCK), BLOCK, false, zones);
    EmulatedController controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("test").namespace(namespace).workers(2).build());
    try (RawHost host = new RawHost(controller)) {
      enable(host);
      RawHost.Pair io = host.createPair(1, 16);
      host.fillData(0, BLOCK, 7);
      for (int i = 0; i < 2; i++) {
        long fua = NvmOpcode.CDW12_FUA;
        assertEquals(i, io.execute(ZoneCommand.APPEND, 1, host.dataIova, 0, 0, fua).result());
      }
      assertEquals(2, append(host, io, 0, 1).result());
      assertEquals(64, append(host, io, 64, 1).result());
      host.controller.faults().losePower();
      host.admin.clear();
      enable(host);
      io = host.createPair(1, 16);
      assertEquals(ZoneCondition.CLOSED, condition(host, io, 0));
      assertEquals(2, ZoneDescriptor.writePointer(host.data.buffer(), ZoneDescriptor.HEADER_SIZE));
      assertEquals(ZoneCondition.EMPTY, condition(host, io, 64));
      assertEquals(Status.SUCCESS, io.read(1, 2, host.dataIova, host.dataIova + 2 * BLOCK));
      host.assertData(0, BLOCK, 7);
      assertEquals(0, host.data.buffer().getLong(2 * BLOCK));
      assertEquals(2, append(host, io, 0, 1).result());
    }
  }

  @Test
  void zonesInMemoryCannotLosePower() {
    BlockStore store = new PowerLossStore(store(), BLOCK);
    try (RawHost host = started(store)) {
      Faults faults = host.controller.faults();
      IllegalStateException e = assertThrows(IllegalStateException.class, faults::losePower);
      assertTrue(e.getMessage().contains("in memory only"), e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void randomCommandsDoNoHarm(long seed) {
    Random random = new Random(seed);
    Map<Integer, Integer> codes = new TreeMap<>();
    ProcessingMode mode = seed == 1 ? ProcessingMode.INLINE : ProcessingMode.MANUAL;
    try (RawHost host = new RawHost(EmulatedController.open(config(store()).mode(mode).build()))) {
      enable(host);
      RawHost.Pair io = host.createPair(1, 64);
      int[] opcodes = {
        NvmOpcode.READ,
        NvmOpcode.WRITE,
        NvmOpcode.FLUSH,
        ZoneCommand.APPEND,
        ZoneCommand.APPEND,
        ZoneCommand.MANAGEMENT_SEND,
        ZoneCommand.MANAGEMENT_RECEIVE
      };
      for (int i = 0; i < 100_000; i++) {
        int opcode = opcodes[random.nextInt(opcodes.length)];
        long lba = random.nextInt(17) * 64L + (random.nextInt(3) == 0 ? random.nextInt(64) : 0);
        if (random.nextInt(50) == 0) {
          lba = random.nextLong();
        }
        long cdw12 = random.nextInt(20) == 0 ? random.nextLong() : random.nextInt(16);
        if (opcode >= ZoneCommand.MANAGEMENT_SEND && opcode != ZoneCommand.APPEND) {
          int cdw13 = random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(7);
          cdw12 = random.nextInt(2048) | (long) cdw13 << 32;
        }
        long prp = random.nextInt(30) == 0 ? random.nextLong() : host.dataIova;
        int nsid = random.nextInt(20) == 0 ? random.nextInt(5) : 1;
        RawHost.Completion c = io.execute(opcode, nsid, prp, host.dataIova + 65536, lba, cdw12);
        codes.merge(c.code(), 1, Integer::sum);
        assertTrue(c.code() != Status.INTERNAL_ERROR, "seed " + seed + ", command " + i);
      }
      assertEquals(0, host.csts() & ControllerRegisters.CSTS_FATAL);
    }
    for (int code = Status.ZONE_BOUNDARY_ERROR; code <= Status.INVALID_ZONE_TRANSITION; code++) {
      // The one read-only zone is soon offline.
      boolean met = code == Status.ZONE_IS_READ_ONLY || codes.containsKey(code);
      assertTrue(met, Status.name(code) + " was not met: " + codes);
    }
  }

  @Test
  void appendsAllocateNothingPerCommand() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ZoneGeometry large = new ZoneGeometry(BLOCK, 1, 1 << 20, 1 << 20, 0, 0, 0, 0, 0, 0, true);
    try (RawHost host = started(new NullStore(large.blocks() * BLOCK), large)) {
      RawHost.Pair io = host.createPair(1, AllocationTest.DEPTH + 1, 1);
      host.interrupts[1].mask();
      appendMany(host, io, 200_000);
      long before = threads.getCurrentThreadAllocatedBytes();
      appendMany(host, io, 100_000);
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      assertTrue(bytes < 50_000, bytes + " bytes for 100,000 appends");
    }
  }

  private static void appendMany(RawHost host, RawHost.Pair io, int commands) {
    for (int left = commands; left > 0; left -= AllocationTest.DEPTH) {
      int batch = Math.min(left, AllocationTest.DEPTH);
      for (int i = 0; i < batch; i++) {
        SubmissionEntry.write(
            io.sq.buffer(),
            io.tail * SubmissionEntry.SIZE,
            ZoneCommand.APPEND,
            i,
            1,
            host.dataIova,
            0,
            0,
            NvmOpcode.cdw12(1, 0),
            0);
        io.tail = io.tail + 1 == io.entries ? 0 : io.tail + 1;
      }
      io.ring();
      for (int seen = 0; seen < batch; seen++) {
        int dw3 = CompletionEntry.dw3Acquire(io.cq.buffer(), io.head * CompletionEntry.SIZE);
        assertTrue(CompletionEntry.phase(dw3) == io.phase && CompletionEntry.status(dw3) == 0);
        io.head++;
        if (io.head == io.entries) {
          io.head = 0;
          io.phase ^= 1;
        }
      }
      io.ringHead();
    }
  }

  private static MemoryStore store() {
    return new MemoryStore(GEOMETRY.blocks() * BLOCK);
  }

  private static RawHost started(BlockStore store) {
    return started(store, GEOMETRY);
  }

  private static RawHost started(BlockStore store, ZoneGeometry geometry) {
    RawHost host = new RawHost(EmulatedController.open(config(store, geometry).build()));
    enable(host);
    return host;
  }

  private static void enable(RawHost host) {
    host.setUpAdmin(
        ControllerRegisters.aqa(RawHost.ADMIN_ENTRIES, RawHost.ADMIN_ENTRIES),
        host.admin.sqIova,
        host.admin.cqIova);
    host.writeCc(ControllerRegisters.ccEnabled(4096, IdentifyZoned.CSS_ALL));
    assertEquals(ControllerRegisters.CSTS_READY, host.csts());
  }

  private static EmulatedControllerConfig.Builder config(BlockStore store) {
    return config(store, GEOMETRY);
  }

  private static EmulatedControllerConfig.Builder config(BlockStore store, ZoneGeometry geometry) {
    return EmulatedControllerConfig.builder("test")
        .namespace(new NamespaceConfig(store, BLOCK, false, Zones.inMemory(geometry)))
        .namespace(new MemoryStore(1 << 20), 512)
        .workers(2);
  }

  private static int identify(RawHost host, int nsid, int cns, int csi) {
    long dw10 = RawHost.dw10(cns, IdentifyZoned.cdw11(csi));
    return host.admin(AdminOpcode.IDENTIFY, nsid, host.dataIova, dw10).code();
  }

  private static int changedZones(RawHost host, int nsid, int flags) {
    long dw10 = ChangedZones.LOG_PAGE | flags | 1023L << 16;
    return host.admin(AdminOpcode.GET_LOG_PAGE, nsid, host.dataIova, dw10).code();
  }

  private static int post(RawHost.Pair io, int opcode, long lba, long prp, long cdw12) {
    return io.post(opcode, 1, prp, 0, lba, cdw12);
  }

  private static RawHost.Completion append(RawHost host, RawHost.Pair io, long lba, int blocks) {
    // A list of pages behind the second PRP is not needed by what is refused before.
    return io.execute(ZoneCommand.APPEND, 1, host.dataIova, host.dataIova + 8192, lba, blocks - 1);
  }

  private static RawHost.Completion manage(RawHost.Pair io, ZoneAction action, long lba) {
    return send(io, lba, action.code());
  }

  private static RawHost.Completion send(RawHost.Pair io, long lba, int cdw13) {
    return io.execute(ZoneCommand.MANAGEMENT_SEND, 1, 0, 0, lba, (long) cdw13 << 32);
  }

  private static RawHost.Completion receive(
      RawHost host, RawHost.Pair io, long lba, int bytes, int cdw13) {
    long dwords = ZoneCommand.dwords(bytes) & 0xFFFFFFFFL | (long) cdw13 << 32;
    return io.execute(ZoneCommand.MANAGEMENT_RECEIVE, 1, host.dataIova, 0, lba, dwords);
  }

  private static ZoneCondition condition(RawHost host, RawHost.Pair io, long lba) {
    assertEquals(Status.SUCCESS, receive(host, io, lba, 4096, 1 << 16).code());
    int code = ZoneDescriptor.condition(host.data.buffer(), ZoneDescriptor.HEADER_SIZE);
    return ZoneCondition.ofCode(code);
  }

  /** A store whose writes wait until they are let go. */
  private static final class GatedStore implements BlockStore {
    private final MemoryStore memory;
    private int arrived;
    private int released;
    private int writers;
    private int written;
    private boolean lastOnly;
    private boolean fails;

    GatedStore(long size) {
      memory = new MemoryStore(size);
    }

    synchronized void fail(boolean always) {
      fails = always;
    }

    /** Lets writes go, in the order in which they came. */
    synchronized void let(int writes) {
      released += writes;
      notifyAll();
    }

    /** Lets the write go that came last, and only that. */
    synchronized void letLast() {
      lastOnly = true;
      notifyAll();
    }

    synchronized void awaitWriters(int count) {
      awaitCount(() -> writers >= count);
    }

    synchronized void awaitWritten(int count) {
      awaitCount(() -> written >= count);
    }

    private void awaitCount(java.util.function.BooleanSupplier enough) {
      long deadline = System.nanoTime() + 20_000_000_000L;
      while (!enough.getAsBoolean()) {
        try {
          wait(100);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        assertTrue(System.nanoTime() < deadline, "writers: " + writers + ", written: " + written);
      }
    }

    @Override
    public int write(ScatterList list, long offset) {
      synchronized (this) {
        int number = ++arrived;
        writers++;
        notifyAll();
        // A test that has failed lets nobody go: its controller could never be closed.
        awaitCount(() -> number <= released || lastOnly && number == arrived);
        lastOnly = false;
      }
      int status;
      synchronized (this) {
        status = fails ? Status.WRITE_FAULT : Status.SUCCESS;
      }
      status = status == Status.SUCCESS ? memory.write(list, offset) : status;
      synchronized (this) {
        writers--;
        written++;
        notifyAll();
      }
      return status;
    }

    @Override
    public long size() {
      return memory.size();
    }

    @Override
    public boolean readOnly() {
      return false;
    }

    @Override
    public int tryRead(ScatterList list, long offset) {
      return memory.tryRead(list, offset);
    }

    @Override
    public int tryWrite(ScatterList list, long offset) {
      return WOULD_BLOCK;
    }

    @Override
    public int tryFlush() {
      return Status.SUCCESS;
    }

    @Override
    public int read(ScatterList list, long offset) {
      return memory.read(list, offset);
    }

    @Override
    public int flush() {
      return Status.SUCCESS;
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}
