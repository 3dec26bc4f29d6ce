package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.emulated.FaultRule;
import dev.doorbell.emulated.Faults;
import dev.doorbell.nvme.controller.ControllerCounter;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * A million random reads, writes and flushes on a drive that drops, delays, doubles, corrupts and
 * fails completions, turns fatal, vanishes, hangs in reset and loses power; every byte is checked
 * against {@link BlockOracle}.
 *
 * <p>One thread and a clock of its own: a seed brings the same run again. {@code
 * -Ddoorbell.model.seed=N} runs that seed alone.
 */
class FaultModelTest {
  private static final int OPERATIONS = 524_288;
  private static final int BLOCKS = 512;
  private static final int MAX_BLOCKS = 64;
  private static final int DEPTH = 24;

  private static final Logger[] LOGS = {
    (Logger) LoggerFactory.getLogger("dev.doorbell.nvme.controller"),
    (Logger) LoggerFactory.getLogger("dev.doorbell.emulated")
  };

  @BeforeAll
  static void silence() {
    // Thousands of resets are the point here, and nothing to read about.
    for (Logger log : LOGS) {
      log.setLevel(Level.OFF);
    }
  }

  @AfterAll
  static void restore() {
    for (Logger log : LOGS) {
      log.setLevel(null);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyAcknowledgedByteIsThereAndEveryOtherIsOldOrNew(long defaultSeed) {
    long seed = Long.getLong("doorbell.model.seed", defaultSeed);
    try (Run run = new Run(seed, (seed & 1) == 0 ? 512 : 4096, seed % 4 != 3)) {
      run.perform(OPERATIONS);
      run.assertThatItMetEveryFault();
    }
  }

  @Test
  void theSameSeedBringsTheSameRun() {
    long[] digests = new long[2];
    for (int i = 0; i < 2; i++) {
      try (Run run = new Run(5, 512, true)) {
        run.perform(20_000);
        digests[i] = run.digest;
      }
    }
    assertEquals(digests[0], digests[1]);
  }

  /** One seed's run. */
  private static final class Run implements AutoCloseable {
    private final long seed;
    private final int blockSize;
    private final Random random;
    private final BlockOracle oracle;
    private final FaultyDrive drive;
    private final List<Operation> operations = new ArrayList<>();
    private final ArrayDeque<Operation> idle = new ArrayDeque<>();
    private final Map<ControllerCounter, Long> counted = new EnumMap<>(ControllerCounter.class);
    private int inFlight;
    private long begun;
    private long unknown;
    private long neverSent;
    private long failed;
    private long succeeded;
    private long strays;
    private long powerLosses;
    private long sequence;
    private long digest;
    private Error failure;

    Run(long seed, int blockSize, boolean cache) {
      this.seed = seed;
      this.blockSize = blockSize;
      this.random = new Random(seed);
      this.oracle = new BlockOracle(BLOCKS, blockSize);
      this.drive = new FaultyDrive(BLOCKS, blockSize, cache);
      drive.device().faults().seed(seed);
      for (int i = 0; i < DEPTH; i++) {
        idle.add(new Operation());
      }
    }

    void perform(int operations) {
      try {
        while (begun < operations) {
          step();
        }
        drain();
        checkAll();
        // And once more after a loss of power, when only what was durable counts.
        losePower();
        settle();
        checkAll();
      } catch (RuntimeException | Error e) {
        throw new AssertionError(
            "seed " + seed + ", operation " + begun + ": " + e.getMessage(), e);
      }
    }

    private void step() {
      for (int i = random.nextInt(6); i > 0 && !idle.isEmpty() && !drive.failed(); i--) {
        begin();
      }
      disturb();
      if (random.nextInt(4) != 0) {
        drive.device().doWork(1 + random.nextInt(8));
      }
      int taken = random.nextInt(3) == 0 ? 0 : poll();
      boolean stuck = taken == 0 && idle.isEmpty();
      drive.advance(stuck ? 5_000_000 : random.nextInt(200_000));
      rethrow();
      if (drive.failed()) {
        // The driver gave the controller up: end what is left, and plug in another one.
        drain();
        count();
        drive.replug();
        drive.device().faults().seed(random.nextLong());
      }
    }

    private int poll() {
      int taken = drive.poll();
      rethrow();
      return taken;
    }

    private void begin() {
      Operation operation = idle.poll();
      int kind = random.nextInt(20);
      int count = random.nextInt(10) == 0 ? 1 + random.nextInt(MAX_BLOCKS) : 1 + random.nextInt(6);
      int lba = random.nextInt(BLOCKS - count + 1);
      boolean ok =
          kind == 0
              ? operation.flush()
              : kind < 9 ? operation.read(lba, count) : operation.write(lba, count);
      if (ok) {
        inFlight++;
        begun++;
      } else {
        idle.push(operation);
      }
    }

    private void disturb() {
      int dice = random.nextInt(40_000);
      Faults faults = drive.device().faults();
      if (dice < 400) {
        faults.add(rule());
      } else if (dice < 404) {
        faults.goFatal();
      } else if (dice < 408) {
        losePower();
      } else if (dice < 410) {
        faults.disappear();
      } else if (dice < 413) {
        faults.hangResets(1, random.nextInt(4) == 0);
        drive.drive().requestReset("wanted by the model");
      } else if (dice < 420) {
        drive.drive().requestReset("wanted by the model");
      } else if (dice < 430) {
        faults.clear();
      }
    }

    private FaultRule rule() {
      FaultRule.Action[] actions = FaultRule.Action.values();
      FaultRule rule =
          FaultRule.of(actions[random.nextInt(actions.length)]).times(1 + random.nextInt(3));
      switch (random.nextInt(4)) {
        case 0 -> rule = rule.onOpcode(random.nextInt(3));
        case 1 -> {
          int first = random.nextInt(BLOCKS);
          rule = rule.onBlocks(first, first + random.nextInt(BLOCKS));
        }
        case 2 -> rule = rule.withProbability(0.1).onQueue(1 + random.nextInt(FaultyDrive.QUEUES));
        default -> {
          if (random.nextInt(40) == 0) {
            rule = rule.onQueue(0);
          }
        }
      }
      int status = random.nextBoolean() ? Status.WRITE_FAULT : Status.INTERNAL_ERROR | Status.DNR;
      return rule.withStatus(status)
          .withDelay((long) (random.nextDouble() * 3e6 * FaultyDrive.TIMEOUT_MILLIS))
          .withCopies(1 + random.nextInt(random.nextInt(20) == 0 ? 200 : 3));
    }

    private void losePower() {
      Faults faults = drive.device().faults();
      faults.losePower();
      powerLosses++;
      oracle.powerLost(++sequence);
      operations.forEach(operation -> operation.lostPower = true);
    }

    /** Lets everything outstanding come to its end, as it must within the limits. */
    private void drain() {
      drive.device().faults().clear();
      long limit = drive.nanos() + 60_000_000_000L;
      while (inFlight > 0) {
        drive.device().doWork(100);
        poll();
        drive.advance(5_000_000);
        rethrow();
        assertTrue(drive.nanos() < limit, inFlight + " commands never ended");
      }
    }

    /** Until the driver has noticed, and is back. */
    private void settle() {
      for (int i = 0; i < 100; i++) {
        drive.advance(5_000_000);
      }
      if (drive.failed()) {
        count();
        drive.replug();
      }
    }

    private void checkAll() {
      settle();
      for (int lba = 0; lba < BLOCKS; lba += 8) {
        Operation operation = idle.remove();
        assertTrue(operation.read(lba, 8));
        inFlight++;
        long before = succeeded;
        drain();
        assertEquals(before + 1, succeeded, "a read without any fault failed");
      }
    }

    private void count() {
      for (ControllerCounter counter : ControllerCounter.values()) {
        counted.merge(counter, drive.drive().faults().get(counter), Long::sum);
      }
      for (int i = 0; i < FaultyDrive.QUEUES; i++) {
        strays += drive.queue(i).pair().counters().get(QueueCounter.UNKNOWN_COMPLETIONS);
      }
    }

    void assertThatItMetEveryFault() {
      count();
      String all =
          "seed %d: %s; %d succeeded, %d failed, %d unknown, %d not sent, %d strays, %d power losses"
              .formatted(seed, counted, succeeded, failed, unknown, neverSent, strays, powerLosses);
      for (ControllerCounter counter : ControllerCounter.values()) {
        // A flood needs more than this model's duplicates; it has a test of its own.
        if (counter != ControllerCounter.COMPLETION_STORMS) {
          assertTrue(counted.get(counter) > 0, counter + " in " + all);
        }
      }
      assertTrue(unknown > 100 && failed > 100 && strays > 100 && powerLosses > 3, all);
      assertTrue(succeeded > OPERATIONS * 0.8, all);
    }

    private void rethrow() {
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void close() {
      drive.close();
    }

    /** One command, from its submission to its end. */
    private final class Operation extends BlockCommand {
      private int opcode;
      private int lba;
      private int count;
      private long version;
      private boolean forced;
      private long began;
      private boolean lostPower;
      private DmaBuffer buffer;

      Operation() {
        operations.add(this);
      }

      private boolean open(int newOpcode, int newLba, int newCount, IoQueue queue) {
        opcode = newOpcode;
        lba = newLba;
        count = newCount;
        lostPower = false;
        began = ++sequence;
        if (opcode != NvmOpcode.FLUSH) {
          buffer = queue.arena().allocate(count * blockSize);
        }
        return opcode == NvmOpcode.FLUSH || buffer != null;
      }

      private IoQueue anyQueue() {
        return drive.queue(random.nextInt(FaultyDrive.QUEUES));
      }

      boolean flush() {
        IoQueue queue = anyQueue();
        open(NvmOpcode.FLUSH, 0, 0, queue);
        queue.flush(this, 1);
        return true;
      }

      boolean read(int newLba, int newCount) {
        IoQueue queue = anyQueue();
        if (!oracle.mayRead(newLba, newCount) || !open(NvmOpcode.READ, newLba, newCount, queue)) {
          return false;
        }
        oracle.readBegins(lba, count);
        queue.read(this, 1, lba, count, blockSize, buffer, 0);
        return true;
      }

      boolean write(int newLba, int newCount) {
        IoQueue queue = anyQueue();
        if (!oracle.mayWrite(newLba, newCount) || !open(NvmOpcode.WRITE, newLba, newCount, queue)) {
          return false;
        }
        forced = random.nextInt(4) == 0;
        version = oracle.writeBegins(lba, count, sequence);
        oracle.fill(buffer.nioBuffer(0, count * blockSize), lba, count, version);
        queue.write(this, 1, lba, count, blockSize, buffer, 0, forced);
        return true;
      }

      @Override
      protected void done(int status) {
        digest = digest * 31 + status + opcode + lba;
        try {
          tell(status);
        } catch (Error e) {
          failure = e;
        }
        if (buffer != null) {
          buffer.release();
          buffer = null;
        }
        inFlight--;
        idle.add(this);
      }

      private void tell(int status) {
        if (status == HostStatus.OUTCOME_UNKNOWN) {
          unknown++;
        } else if (status == HostStatus.NOT_SENT) {
          neverSent++;
        } else if (status != 0) {
          failed++;
        } else {
          succeeded++;
        }
        if (opcode == NvmOpcode.READ) {
          oracle.readEnded(lba, count);
          // What was read before a loss of power may be gone; the block is checked at the next
          // read.
          if (status == 0 && !lostPower) {
            oracle.check(buffer.nioBuffer(0, count * blockSize), lba, count);
          }
        } else if (opcode == NvmOpcode.FLUSH) {
          if (status == 0 && !lostPower) {
            oracle.flushed(began);
          }
        } else if (status == 0 && (forced || !lostPower)) {
          oracle.writeSucceeded(lba, count, version, forced, ++sequence);
        } else if (status == HostStatus.NOT_SENT) {
          oracle.writeNeverBegan(lba, count, version, ++sequence);
        } else {
          oracle.writeEnded(lba, count, ++sequence);
        }
      }
    }
  }
}
