package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.emulated.FaultRule;
import dev.doorbell.emulated.Faults;
import dev.doorbell.emulated.OptionalFeatures;
import dev.doorbell.nvme.controller.ControllerCounter;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.NamespaceQueue;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.queue.SplitCommand;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Two million random commands of all kinds on a drive that drops, delays, doubles, corrupts and
 * fails completions, turns fatal, vanishes, hangs in reset and loses power; every byte is checked
 * against {@link BlockOracle}. Some seeds have shadow doorbells, and limits so small that requests
 * are cut.
 *
 * <p>One thread and a clock of its own: a seed brings the same run again. {@code
 * -Ddoorbell.model.seed=N} runs that seed alone.
 */
class FaultModelTest {
  private static final int OPERATIONS = 524_288;
  private static final int BLOCKS = 512;
  private static final int MAX_BLOCKS = 64;
  private static final int DEPTH = 24;
  private static final int WIDE = 6;

  private static final int[] OPCODES = {
    NvmOpcode.FLUSH,
    NvmOpcode.WRITE,
    NvmOpcode.READ,
    NvmOpcode.COMPARE,
    NvmOpcode.WRITE_ZEROES,
    NvmOpcode.DATASET_MANAGEMENT,
    NvmOpcode.VERIFY,
    NvmOpcode.COPY
  };

  private enum Kind {
    READ,
    WRITE,
    FLUSH,
    READ_PARTS,
    WRITE_PARTS,
    ZEROES,
    DEALLOCATE,
    COPY,
    VERIFY,
    COMPARE,
    COMPARE_OTHER,
    COMPARE_AND_WRITE,
    COMPARE_OTHER_AND_WRITE;

    private static final Kind[] WIDE = {
      READ_PARTS,
      WRITE_PARTS,
      ZEROES,
      DEALLOCATE,
      COPY,
      VERIFY,
      COMPARE,
      COMPARE_OTHER,
      COMPARE_AND_WRITE,
      COMPARE_OTHER_AND_WRITE
    };
  }

  /** What the model remembers of a command that is under way. */
  private interface ModelCommand {
    void powerLost();
  }

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
    try (Run run = new Run(seed)) {
      run.perform(OPERATIONS);
      run.assertThatItMetEveryFault();
    }
  }

  @Test
  void theSameSeedBringsTheSameRun() {
    long[] digests = new long[2];
    for (int i = 0; i < 2; i++) {
      try (Run run = new Run(6)) {
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
    private final List<ModelCommand> all = new ArrayList<>();
    private final ArrayDeque<Operation> idle = new ArrayDeque<>();
    private final ArrayDeque<Wide> idleWide = new ArrayDeque<>();
    private final Map<Integer, List<ByteBuf>> foreign = new HashMap<>();
    private final Map<Kind, Long> done = new EnumMap<>(Kind.class);
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

    /** Odd seeds have blocks of 4096; of four seeds, two have shadow doorbells, one no cache. */
    Run(long seed) {
      this.seed = seed;
      this.blockSize = (seed & 1) == 0 ? 512 : 4096;
      this.random = new Random(seed);
      this.oracle = new BlockOracle(BLOCKS, blockSize);
      OptionalFeatures features =
          OptionalFeatures.DEFAULT.withCompareAndWrite(true).withShadowDoorbells((seed & 2) != 0);
      boolean small = seed % 4 < 2;
      this.drive =
          new FaultyDrive(
              BLOCKS, blockSize, seed % 4 != 3, small ? features.withSmallLimits() : features);
      drive.device().faults().seed(seed);
      for (int i = 0; i < DEPTH; i++) {
        idle.add(new Operation());
      }
      for (int i = 0; i < WIDE; i++) {
        idleWide.add(new Wide());
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
      if (random.nextInt(5) == 0 && !idleWide.isEmpty()) {
        Wide wide = idleWide.poll();
        if (wide.begin(Kind.WIDE[random.nextInt(Kind.WIDE.length)])) {
          begun++;
        } else {
          idleWide.push(wide);
        }
        return;
      }
      Operation operation = idle.poll();
      int kind = random.nextInt(20);
      int count = someBlocks();
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

    private int someBlocks() {
      return random.nextInt(10) == 0 ? 1 + random.nextInt(MAX_BLOCKS) : 1 + random.nextInt(6);
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
        case 0 -> rule = rule.onOpcode(OPCODES[random.nextInt(OPCODES.length)]);
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
      all.forEach(ModelCommand::powerLost);
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
          "seed %d: %s; %d succeeded %s, %d failed, %d unknown, %d not sent, %d strays, %d power losses"
              .formatted(
                  seed, counted, succeeded, done, failed, unknown, neverSent, strays, powerLosses);
      for (ControllerCounter counter : ControllerCounter.values()) {
        // A flood needs more than this model's duplicates; it has a test of its own.
        if (counter != ControllerCounter.COMPLETION_STORMS) {
          assertTrue(counted.get(counter) > 0, counter + " in " + all);
        }
      }
      assertTrue(unknown > 100 && failed > 100 && strays > 100 && powerLosses > 3, all);
      assertTrue(succeeded > OPERATIONS * 0.8, all);
      for (Kind kind : Kind.values()) {
        assertTrue(done.getOrDefault(kind, 0L) > 1000, kind + " in " + all);
      }
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

    private IoQueue anyQueue() {
      return drive.queue(random.nextInt(FaultyDrive.QUEUES));
    }

    private void count(Kind kind, int status, boolean asExpected) {
      if (status == HostStatus.OUTCOME_UNKNOWN) {
        unknown++;
      } else if (status == HostStatus.NOT_SENT) {
        neverSent++;
      } else if (!asExpected) {
        failed++;
      } else {
        succeeded++;
        done.merge(kind, 1L, Long::sum);
      }
    }

    /**
     * Memory for {@code blocks}: of the arena, or now and then of nobody's; null if none is left.
     */
    private ByteBuf memory(IoQueue queue, int blocks) {
      int bytes = blocks * blockSize;
      return random.nextInt(16) == 0 ? foreign(bytes) : queue.arena().allocate(bytes);
    }

    private ByteBuf foreign(int bytes) {
      List<ByteBuf> free = foreign.computeIfAbsent(bytes, b -> new ArrayList<>());
      return free.isEmpty()
          ? Unpooled.wrappedBuffer(DmaMemory.allocate(bytes).buffer().slice(0, bytes))
          : free.remove(free.size() - 1);
    }

    private void release(ByteBuf buffer) {
      if (buffer instanceof DmaBuffer) {
        buffer.release();
      } else if (buffer != null) {
        foreign.get(buffer.capacity()).add(buffer);
      }
    }

    private static ByteBuffer bytes(ByteBuf buffer, int index, int length) {
      return buffer.nioBuffer(index, length).order(ByteOrder.BIG_ENDIAN);
    }

    /** One command, from its submission to its end. */
    private final class Operation extends BlockCommand implements ModelCommand {
      private Kind kind;
      private int lba;
      private int count;
      private long[] contents;
      private boolean forced;
      private long began;
      private boolean lostPower;
      private ByteBuf buffer;

      Operation() {
        all.add(this);
      }

      @Override
      public void powerLost() {
        lostPower = true;
      }

      private boolean open(Kind newKind, int newLba, int newCount, IoQueue queue) {
        kind = newKind;
        lba = newLba;
        count = newCount;
        lostPower = false;
        began = ++sequence;
        if (kind != Kind.FLUSH) {
          buffer = memory(queue, count);
        }
        return kind == Kind.FLUSH || buffer != null;
      }

      boolean flush() {
        IoQueue queue = anyQueue();
        open(Kind.FLUSH, 0, 0, queue);
        queue.flush(this, 1);
        return true;
      }

      boolean read(int newLba, int newCount) {
        IoQueue queue = anyQueue();
        if (!oracle.mayRead(newLba, newCount) || !open(Kind.READ, newLba, newCount, queue)) {
          return false;
        }
        oracle.readBegins(lba, count);
        if (!queue.read(this, 1, lba, count, blockSize, buffer, 0)) {
          oracle.readEnded(lba, count);
          return notBegun();
        }
        return true;
      }

      boolean write(int newLba, int newCount) {
        IoQueue queue = anyQueue();
        if (!oracle.mayWrite(newLba, newCount) || !open(Kind.WRITE, newLba, newCount, queue)) {
          return false;
        }
        forced = random.nextInt(4) == 0;
        contents = oracle.newContents(lba, count);
        oracle.writeBegins(lba, contents, sequence);
        oracle.fill(bytes(buffer, 0, count * blockSize), contents);
        if (!queue.write(this, 1, lba, count, blockSize, buffer, 0, forced)) {
          oracle.writeNeverBegan(lba, contents, ++sequence);
          return notBegun();
        }
        return true;
      }

      /** Foreign memory had to be copied, and there was nothing to copy it to. */
      private boolean notBegun() {
        release(buffer);
        buffer = null;
        return false;
      }

      @Override
      protected void done(int status) {
        digest = digest * 31 + status + kind.ordinal() + lba;
        try {
          count(kind, status, status == 0);
          tell(status);
        } catch (Error e) {
          failure = e;
        }
        release(buffer);
        buffer = null;
        inFlight--;
        idle.add(this);
      }

      private void tell(int status) {
        if (kind == Kind.READ) {
          oracle.readEnded(lba, count);
          // What was read before a loss of power may be gone; the block is checked at the next
          // read.
          if (status == 0 && !lostPower) {
            oracle.check(bytes(buffer, 0, count * blockSize), lba, count);
          }
        } else if (kind == Kind.FLUSH) {
          if (status == 0 && !lostPower) {
            oracle.flushed(began);
          }
        } else if (status == 0 && (forced || !lostPower)) {
          oracle.writeSucceeded(lba, contents, forced, ++sequence);
        } else if (status == HostStatus.NOT_SENT) {
          oracle.writeNeverBegan(lba, contents, ++sequence);
        } else {
          oracle.writeEnded(lba, count, ++sequence);
        }
      }
    }

    /** One request of a kind that may be cut into commands, from its submission to its end. */
    private final class Wide extends SplitCommand implements ModelCommand {
      private Kind kind;
      private final List<Extent> writes = new ArrayList<>();
      private final List<Extent> reads = new ArrayList<>();
      private final List<ByteBuf> buffers = new ArrayList<>();

      /** Of the buffers, in blocks. */
      private final List<Integer> lengths = new ArrayList<>();

      private boolean forced;
      private boolean lostPower;

      Wide() {
        all.add(this);
      }

      @Override
      public void powerLost() {
        lostPower = true;
      }

      boolean begin(Kind newKind) {
        kind = newKind;
        lostPower = false;
        forced = random.nextInt(4) == 0 && kind != Kind.DEALLOCATE;
        writes.clear();
        reads.clear();
        clear();
        int queue = random.nextInt(FaultyDrive.QUEUES);
        boolean ok = choose() && addAllMemory(drive.queue(queue));
        if (ok) {
          // Some of it may complete before the call returns.
          sequence++;
          writes.forEach(w -> oracle.writeBegins(w.lba, w.contents, sequence));
          reads.forEach(r -> oracle.readBegins(r.lba, r.count));
          inFlight++;
          ok = submit(drive.namespaceQueue(queue));
          if (!ok) {
            inFlight--;
            reads.forEach(r -> oracle.readEnded(r.lba, r.count));
            writes.forEach(w -> oracle.writeEnded(w.lba, w.count, ++sequence));
          }
        }
        if (!ok) {
          releaseAll();
        }
        return ok;
      }

      /** Chooses blocks; false if those cannot be used now. */
      private boolean choose() {
        return switch (kind) {
          case READ_PARTS, VERIFY -> reads(1, false);
          case COMPARE, COMPARE_OTHER -> reads(1, true);
          case WRITE_PARTS -> writes(1, Contents.NEW);
          case COMPARE_AND_WRITE, COMPARE_OTHER_AND_WRITE ->
              writes(1, Contents.NEW) && oracle.isCertain(writes.get(0).lba, writes.get(0).count);
          case ZEROES -> writes(1, Contents.ZEROS);
          case DEALLOCATE -> writes(1 + random.nextInt(5), Contents.ZEROS);
          case COPY -> reads(1 + random.nextInt(5), true) && copyTarget();
          default -> throw new AssertionError(kind);
        };
      }

      private boolean reads(int extents, boolean certain) {
        for (int i = 0; i < extents; i++) {
          Extent extent = new Extent();
          if (!oracle.mayRead(extent.lba, extent.count)
              || certain && !oracle.isCertain(extent.lba, extent.count)) {
            return false;
          }
          reads.add(extent);
        }
        return true;
      }

      private boolean writes(int extents, Contents of) {
        for (int i = 0; i < extents; i++) {
          Extent extent = new Extent();
          if (!oracle.mayWrite(extent.lba, extent.count)
              || writes.stream().anyMatch(extent::overlaps)) {
            return false;
          }
          extent.contents =
              of == Contents.NEW
                  ? oracle.newContents(extent.lba, extent.count)
                  : new long[extent.count];
          writes.add(extent);
        }
        return true;
      }

      private boolean copyTarget() {
        int total = reads.stream().mapToInt(r -> r.count).sum();
        Extent target = new Extent(total);
        if (!oracle.mayWrite(target.lba, total) || reads.stream().anyMatch(target::overlaps)) {
          return false;
        }
        target.contents =
            reads.stream()
                .flatMapToInt(r -> IntStream.range(r.lba, r.lba + r.count))
                .mapToLong(oracle::content)
                .toArray();
        writes.add(target);
        return true;
      }

      private boolean addAllMemory(IoQueue queue) {
        return switch (kind) {
          case READ_PARTS -> addMemory(queue, reads.get(0).count, null);
          case WRITE_PARTS -> addMemory(queue, writes.get(0).count, writes.get(0).contents);
          case COMPARE, COMPARE_OTHER -> addMemory(queue, reads.get(0).count, held(reads.get(0)));
          case COMPARE_AND_WRITE, COMPARE_OTHER_AND_WRITE ->
              addMemory(queue, writes.get(0).count, held(writes.get(0)))
                  && addMemory(queue, writes.get(0).count, writes.get(0).contents);
          default -> true;
        };
      }

      /** What the blocks hold, or what they certainly do not. */
      private long[] held(Extent extent) {
        long[] contents =
            IntStream.range(extent.lba, extent.lba + extent.count)
                .mapToLong(oracle::content)
                .toArray();
        if (kind == Kind.COMPARE_OTHER || kind == Kind.COMPARE_OTHER_AND_WRITE) {
          contents[random.nextInt(contents.length)] = -1;
        }
        return contents;
      }

      /** Adds memory for blocks, in up to three pieces. */
      private boolean addMemory(IoQueue queue, int count, long[] contents) {
        int pieces = 1 + random.nextInt(Math.min(3, count));
        int at = 0;
        for (int i = 0; i < pieces; i++) {
          int n = i == pieces - 1 ? count - at : 1 + random.nextInt(count - at - (pieces - i - 1));
          ByteBuf buffer = memory(queue, n);
          if (buffer == null) {
            return false;
          }
          buffers.add(buffer);
          lengths.add(n);
          if (contents != null) {
            oracle.fill(bytes(buffer, 0, n * blockSize), Arrays.copyOfRange(contents, at, at + n));
          }
          addMemory(buffer, 0, n * blockSize);
          at += n;
        }
        return true;
      }

      private boolean submit(NamespaceQueue queue) {
        return switch (kind) {
          case READ_PARTS -> queue.read(this, reads.get(0).lba);
          case WRITE_PARTS -> queue.write(this, writes.get(0).lba, forced);
          case ZEROES ->
              queue.writeZeroes(
                  this, writes.get(0).lba, writes.get(0).count, random.nextBoolean(), forced);
          case DEALLOCATE -> {
            writes.forEach(w -> addRange(w.lba, w.count));
            yield queue.deallocate(this);
          }
          case COPY -> {
            reads.forEach(r -> addRange(r.lba, r.count));
            yield queue.copy(this, writes.get(0).lba, forced);
          }
          case VERIFY -> queue.verify(this, reads.get(0).lba, reads.get(0).count);
          case COMPARE, COMPARE_OTHER -> queue.compare(this, reads.get(0).lba);
          case COMPARE_AND_WRITE, COMPARE_OTHER_AND_WRITE ->
              queue.compareAndWrite(this, writes.get(0).lba, forced);
          default -> throw new AssertionError(kind);
        };
      }

      @Override
      protected void done(int status) {
        digest = digest * 31 + status + kind.ordinal();
        boolean other = kind == Kind.COMPARE_OTHER || kind == Kind.COMPARE_OTHER_AND_WRITE;
        boolean differs = Status.isError(status) && Status.code(status) == Status.COMPARE_FAILURE;
        try {
          count(kind, status, other ? differs : status == 0);
          tell(status, other, differs);
        } catch (Error e) {
          failure = e;
        }
        releaseAll();
        inFlight--;
        idleWide.add(this);
      }

      private void tell(int status, boolean other, boolean differs) {
        reads.forEach(r -> oracle.readEnded(r.lba, r.count));
        if (other && status == 0) {
          throw new AssertionError(kind + ": what differs was found equal");
        }
        if (!other && differs) {
          throw new AssertionError(kind + ": what is equal was found to differ");
        }
        if (kind == Kind.READ_PARTS && status == 0 && !lostPower) {
          checkRead();
        }
        for (Extent w : writes) {
          if (kind == Kind.COMPARE_OTHER_AND_WRITE) {
            oracle.writeNeverBegan(w.lba, w.contents, ++sequence);
          } else if (status == 0 && (forced || !lostPower)) {
            oracle.writeSucceeded(w.lba, w.contents, forced, ++sequence);
          } else {
            oracle.writeEnded(w.lba, w.count, ++sequence);
          }
        }
      }

      private void checkRead() {
        int at = reads.get(0).lba;
        for (int i = 0; i < buffers.size(); i++) {
          ByteBuf buffer = buffers.get(i);
          int n = lengths.get(i);
          oracle.check(bytes(buffer, 0, n * blockSize), at, n);
          at += n;
        }
      }

      private void releaseAll() {
        buffers.forEach(Run.this::release);
        buffers.clear();
        lengths.clear();
      }
    }

    private enum Contents {
      NEW,
      ZEROS
    }

    /** A range of blocks, and what is written to it. */
    private final class Extent {
      private final int lba;
      private final int count;
      private long[] contents;

      Extent() {
        this(1 + random.nextInt(random.nextInt(40) == 0 ? MAX_BLOCKS : 6));
      }

      Extent(int count) {
        this.count = count;
        this.lba = random.nextInt(BLOCKS - count + 1);
      }

      boolean overlaps(Extent other) {
        return lba < other.lba + other.count && other.lba < lba + count;
      }
    }
  }
}
