package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Random commands, half of them nearly right. No exception may come out of a doorbell, no command
 * may end with the status an exception is turned into, and memory that is not mapped stays as it
 * is.
 */
class FuzzTest {
  /** Two seeds make 1.06 million commands. */
  private static final int ROUNDS = 7_500;

  private static final int BATCH = 40;
  private static final int BLOCKS = 2048;

  private static final Logger LIFECYCLE = (Logger) LoggerFactory.getLogger(Lifecycle.class);

  private final DmaMemory canary = DmaMemory.allocate(1 << 20);

  /** Status codes met, with their counts: the fuzz must reach deeper than the first check. */
  private final Map<Integer, Integer> codes = new TreeMap<>();

  @BeforeAll
  static void silence() {
    // Thousands of fatal statuses are the point here, and nothing to read about.
    LIFECYCLE.setLevel(Level.OFF);
  }

  @AfterAll
  static void restore() {
    LIFECYCLE.setLevel(null);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void randomCommandsDoNoHarm(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < canary.size(); i++) {
      canary.buffer().put(i, (byte) 0x5A);
    }
    ProcessingMode mode = seed == 1 ? ProcessingMode.INLINE : ProcessingMode.MANUAL;
    try (RawHost host =
        RawHost.started(
            RawHost.config(new MemoryStore(BLOCKS * 512), 512)
                .namespace(new NamespaceConfig(new MemoryStore(1 << 20), 4096, true))
                .mode(mode)
                .maxQueuePairs(4))) {
      RawHost.Pair io = host.createPair(1, 64);
      RawHost.Pair admin = host.admin;
      // Mapped once and taken away again: its address is one a driver may have kept.
      long stale = host.controller.dma().map(canary);
      host.controller.dma().unmap(stale);
      for (int round = 0; round < ROUNDS; round++) {
        String where = "seed " + seed + ", round " + round;
        fill(host, io, random, stale, false);
        fill(host, admin, random, stale, true);
        assertEquals(0, host.csts() & ControllerRegisters.CSTS_FATAL, where);
        // The fuzz may have deleted the queue pair, or filled a queue with event requests.
        if (round % 10 == 9) {
          host.controller.reset();
          io.clear();
          admin.clear();
          host.enable();
          recreate(host, io, where);
        }
      }
    }
    assertTrue(codes.getOrDefault(Status.SUCCESS, 0) > 10_000, "seed " + seed + ": " + codes);
    assertTrue(codes.size() > 12, "seed " + seed + ": " + codes);
    for (int i = 0; i < canary.size(); i++) {
      assertEquals(0x5A, canary.buffer().get(i));
    }
  }

  private static void recreate(RawHost host, RawHost.Pair io, String where) {
    long cdw10 = (io.entries - 1L) << 16 | io.qid;
    assertEquals(0, host.admin(0x05, 0, io.cqIova, cdw10 | 1L << 32).status(), where);
    assertEquals(
        0, host.admin(0x01, 0, io.sqIova, cdw10 | 1L << 32 | (long) io.qid << 48).status(), where);
  }

  private void fill(RawHost host, RawHost.Pair pair, Random random, long stale, boolean admin) {
    int count = Math.min(BATCH, pair.entries - 1);
    for (int i = 0; i < count; i++) {
      int at = pair.tail * SubmissionEntry.SIZE;
      for (int j = 0; j < 8; j++) {
        pair.sq.buffer().putLong(at + 8 * j, random.nextLong());
      }
      if (random.nextInt(16) != 0) {
        makeNearlyRight(host, pair, at, random, stale, admin);
      }
      pair.tail = (pair.tail + 1) % pair.entries;
    }
    pair.ring();
    if (random.nextInt(8) == 0) {
      int offset = ControllerRegisters.DOORBELLS + 4 * random.nextInt(16);
      // Other queues, which may have been created, and values that make sense to none of these.
      if (offset >= ControllerRegisters.DOORBELLS + 16) {
        host.registers.writeInt(offset, random.nextInt(8));
      }
      host.registers.writeInt(offset, 1 << 20 | random.nextInt());
    }
    if (host.controller.manual()) {
      host.controller.doWork(1000);
    }
    drain(pair);
  }

  private static void makeNearlyRight(
      RawHost host, RawHost.Pair pair, int at, Random random, long stale, boolean admin) {
    int opcode = random.nextInt(admin ? 16 : 4);
    // A delete of the queues under test would end the test early; those of others are welcome.
    int qid = 2 + random.nextInt(4);
    var b = pair.sq.buffer();
    b.put(at, (byte) opcode);
    b.put(at + 1, (byte) (random.nextInt(20) == 0 ? random.nextInt() : 0));
    b.putInt(at + 4, random.nextInt(10) == 0 ? random.nextInt() : random.nextInt(4));
    b.putLong(at + 24, address(host, random, stale));
    b.putLong(at + 32, address(host, random, stale));
    if (admin) {
      boolean queue = opcode < 6 && opcode != 2 && opcode != 3;
      int low = queue ? qid | random.nextInt(100) << 16 : random.nextInt(16) | numd(random);
      b.putInt(at + 40, low);
      b.putInt(at + 44, random.nextInt(4) << 16 | random.nextInt(4));
      b.putLong(at + 48, random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(300) * 4L);
    } else {
      b.putLong(at + 40, random.nextInt(10) == 0 ? random.nextLong() : random.nextInt(BLOCKS + 8));
      b.putInt(at + 48, random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(64));
    }
  }

  private static int numd(Random random) {
    return random.nextInt(4) == 0 ? random.nextInt() << 16 : random.nextInt(1200) << 16;
  }

  private static long address(RawHost host, Random random, long stale) {
    long inData = random.nextInt(RawHost.DATA_BYTES);
    return switch (random.nextInt(12)) {
      case 0 -> random.nextLong();
      case 1 -> stale + (random.nextInt(256) << 12);
      case 2 -> EmulatedIommu.REGISTERS_BASE + random.nextInt(0x2000);
      case 3 -> host.dataIova + RawHost.DATA_BYTES - 4096 + random.nextInt(8192);
      case 4 -> host.dataIova + (inData & ~3);
      default -> host.dataIova + (inData & ~4095);
    };
  }

  private void drain(RawHost.Pair pair) {
    while (true) {
      RawHost.Completion c = pair.poll();
      if (c == null) {
        break;
      }
      codes.merge(c.code(), 1, Integer::sum);
      assertTrue(c.code() != Status.INTERNAL_ERROR, "a command met an exception: " + c);
    }
    pair.ringHead();
  }

  @Test
  void dmaIntoTheControllersOwnRegistersIsRefused() {
    Random random = new Random(4);
    try (RawHost host = RawHost.started(RawHost.manual(new MemoryStore(1 << 20), 512))) {
      RawHost.Pair io = host.createPair(1, 64);
      for (int i = 0; i < 10_000; i++) {
        long own = EmulatedIommu.REGISTERS_BASE + (random.nextInt(0x4000) & ~3);
        int blocks = 1 + random.nextInt(64);
        boolean second = blocks > 8 && random.nextBoolean();
        long prp1 = second ? host.dataIova : own;
        long prp2 = second ? own & ~4095 : host.dataIova + 4096;
        RawHost.Completion c =
            io.execute(1 + random.nextInt(2), 1, prp1, prp2, random.nextInt(1024), blocks - 1);
        assertEquals(Status.DATA_TRANSFER_ERROR, c.code(), "number " + i + ": " + c);
        c = host.admin(0x06, 0, own & ~4095, 1);
        assertEquals(Status.DATA_TRANSFER_ERROR, c.code(), "number " + i + ": " + c);
      }
      assertEquals(ControllerRegisters.CSTS_READY, host.csts());
    }
  }

  @Test
  void randomRegisterWritesDoNoHarm() {
    long seed = 3;
    Random random = new Random(seed);
    try (RawHost host = RawHost.started(RawHost.manual(new NullStore(1 << 20), 512))) {
      int[] offsets = {
        ControllerRegisters.CC,
        ControllerRegisters.AQA,
        ControllerRegisters.ASQ,
        ControllerRegisters.ACQ,
        ControllerRegisters.INTMS,
        ControllerRegisters.DOORBELLS,
        ControllerRegisters.DOORBELLS + 4,
        ControllerRegisters.DOORBELLS + 8
      };
      for (int i = 0; i < 100_000; i++) {
        if (random.nextInt(100) == 0) {
          host.controller.reset();
          host.enable();
        }
        int offset = offsets[random.nextInt(offsets.length)];
        int value = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(64);
        if (random.nextBoolean()) {
          host.registers.writeInt(offset, value);
        } else {
          host.registers.writeLong(offset & ~7, value | random.nextLong() << 32);
        }
        host.registers.readInt(random.nextInt());
        host.controller.doWork(100);
        if (random.nextInt(10) == 0) {
          int entry = random.nextInt(RawHost.ADMIN_ENTRIES) * CompletionEntry.SIZE;
          host.admin.sq.buffer().putLong(entry, random.nextLong());
        }
      }
      host.controller.reset();
      host.enable();
      assertEquals(ControllerRegisters.CSTS_READY, host.csts());
    }
  }
}
