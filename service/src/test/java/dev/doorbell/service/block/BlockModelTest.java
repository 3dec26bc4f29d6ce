package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockCounters.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A million operations on a drive whose medium fails now and then, against a model of every byte.
 *
 * <p>In rounds: operations that overlap, aligned or not, begin and end on several loops in an order
 * that a seed decides. What a byte may hold follows from when they began and ended: the value of a
 * write is possible unless another one began after its end and ended before the look.
 */
class BlockModelTest {
  private static final int REGION = 96 << 10;
  private static final int LONGEST = 6000;
  private static final int PER_ROUND = 24;
  private static final long NEVER = Long.MAX_VALUE;

  /** As often as they are listed. */
  private static final BlockKind[] KINDS = {
    BlockKind.WRITE,
    BlockKind.WRITE,
    BlockKind.WRITE,
    BlockKind.WRITE,
    BlockKind.WRITE,
    BlockKind.WRITE,
    BlockKind.WRITE,
    BlockKind.WRITE,
    BlockKind.WRITE,
    BlockKind.WRITE,
    BlockKind.READ,
    BlockKind.READ,
    BlockKind.READ,
    BlockKind.READ,
    BlockKind.READ,
    BlockKind.READ,
    BlockKind.READ,
    BlockKind.READ,
    BlockKind.READ,
    BlockKind.READ,
    BlockKind.WRITE_ZEROES,
    BlockKind.WRITE_ZEROES,
    BlockKind.DISCARD,
    BlockKind.FLUSH,
    BlockKind.VERIFY
  };

  @ParameterizedTest
  @CsvSource({"1, 512, true, 0", "2, 4096, true, 0", "3, 512, false, 1", "4, 4096, true, 2"})
  void everyByteIsWhatSomeOrderOfTheWritesLeaves(
      long seed, int blockSize, boolean merge, int sharing) {
    BlockSettings settings =
        BlockSettings.PLAIN.withMerge(merge).withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP);
    try (BlockWorld world = new BlockWorld(3, blockSize, 1 << 20, settings)) {
      for (int i = 0; i < sharing; i++) {
        world.addSharingLoop();
      }
      Run run = new Run(world, seed, blockSize);
      while (run.operations < 250_000) {
        run.round();
      }
      run.summary(merge);
    }
  }

  /** An operation of the round. */
  private static final class Op extends BlockRequest {
    private final Run run;
    BlockKind what;
    int begin;
    int end;
    byte value;
    long started;
    long ended = NEVER;
    byte[] found;

    Op(Run run) {
      this.run = run;
    }

    boolean changes() {
      return what.changesBlocks();
    }

    @Override
    protected void finished(int status) {
      assertEquals(0, status, () -> "seed " + run.seed + ": " + what + " " + begin + "-" + end);
      ended = run.tick++;
      if (what == BlockKind.READ) {
        found = new byte[end - begin];
        buffer.getBytes(buffer.readerIndex(), found);
      }
      releaseBuffer();
      run.open--;
    }
  }

  private static final class Run {
    private final BlockWorld world;
    private final long seed;
    private final Random random;
    private final int blockSize;
    private final byte[] model = new byte[REGION];
    private final List<Op> ops = new ArrayList<>();
    private final List<Op> covering = new ArrayList<>();
    private long tick;
    private int open;
    private byte nextValue;
    long operations;

    Run(BlockWorld world, long seed, int blockSize) {
      this.world = world;
      this.seed = seed;
      this.random = new Random(seed);
      this.blockSize = blockSize;
    }

    void round() {
      ops.clear();
      boolean faults = random.nextInt(20) == 0;
      if (faults) {
        int bad = random.nextInt(REGION / blockSize) * blockSize;
        int length = blockSize << random.nextInt(4);
        world.store.failWrites(o -> o >= bad && o < bad + length, Status.WRITE_FAULT);
        world.store.failReads(o -> o >= bad && o < bad + length, Status.UNRECOVERED_READ_ERROR);
      }
      // Half of the rounds meet in one corner, where most of them overlap.
      int origin = random.nextInt(REGION - 4 * LONGEST);
      int spread = random.nextBoolean() ? 2 * LONGEST : REGION - origin - LONGEST;
      while (ops.size() < PER_ROUND) {
        begin(origin + random.nextInt(spread));
        for (int i = random.nextInt(4); i > 0; i--) {
          world.step(random);
        }
        if (faults && random.nextInt(8) == 0) {
          world.control().resume();
        }
      }
      if (faults) {
        world.store.cure();
      }
      while (open > 0) {
        world.step(random);
        if (faults && random.nextInt(16) == 0) {
          world.control().resume();
        }
      }
      operations += ops.size();
      check();
    }

    private void begin(int from) {
      Op op = new Op(this);
      int length = 1 + random.nextInt(random.nextBoolean() ? 300 : LONGEST);
      op.what = KINDS[random.nextInt(KINDS.length)];
      boolean wholeBlocks = op.what != BlockKind.WRITE && op.what != BlockKind.READ;
      boolean aligned = wholeBlocks || random.nextInt(3) > 0;
      op.begin = aligned ? from & -blockSize : from;
      op.end =
          aligned
              ? Math.min(op.begin + (length + blockSize - 1 & -blockSize), REGION)
              : Math.min(op.begin + length, REGION);
      BlockDevice device = world.loops.get(random.nextInt(world.loops.size())).device;
      int bytes = (int) (world.namespace.commandEnd(op.begin, op.end) - op.begin);
      op.end = op.begin + bytes;
      op.started = tick++;
      open++;
      ops.add(op);
      switch (op.what) {
        case READ -> device.read(op, op.begin, bytes);
        case WRITE -> write(op, device, bytes);
        case WRITE_ZEROES -> device.writeZeroes(op, op.begin, bytes, random.nextInt(2), false);
        // The emulated drive has deallocated blocks read as zeros.
        case DISCARD -> device.discard(op, new long[] {op.begin}, new long[] {bytes}, 1, 0);
        case VERIFY -> device.verify(op, op.begin, bytes);
        default -> {
          op.end = op.begin;
          device.flush(op);
        }
      }
    }

    private void write(Op op, BlockDevice device, int bytes) {
      op.value = ++nextValue;
      DmaBuffer memory = device.memory().allocate(device.writeMemory(op.begin, bytes));
      int index = device.prepareWrite(op, op.begin, memory);
      memory.setZero(0, memory.capacity());
      for (int i = 0; i < bytes; i++) {
        memory.setByte(index + i, op.value);
      }
      device.write(op, op.begin, bytes, random.nextInt(4) == 0);
    }

    private void check() {
      List<Op> changes = ops.stream().filter(Op::changes).toList();
      for (Op read : ops) {
        if (read.what == BlockKind.READ) {
          compare(read.found, read.begin, read.started, read.ended, changes);
        }
      }
      int first = changes.stream().mapToInt(o -> o.begin).min().orElse(0);
      int last = changes.stream().mapToInt(o -> o.end).max().orElse(0);
      for (int from = first; from < last; ) {
        int to = (int) world.namespace.commandEnd(from, last);
        byte[] found = world.content(from, to - from);
        compare(found, from, tick, tick, changes);
        System.arraycopy(found, 0, model, from, found.length);
        from = to;
      }
      tick++;
    }

    /** Checks what was found by a look between two ticks. */
    private void compare(byte[] found, int from, long started, long ended, List<Op> changes) {
      int to = from + found.length;
      // Between the edges of writes all bytes have the same history: look at runs, not at bytes.
      int[] edges =
          changes.stream()
              .flatMapToInt(o -> IntStream.of(o.begin, o.end))
              .filter(e -> e > from && e < to)
              .distinct()
              .sorted()
              .toArray();
      int at = from;
      for (int i = 0; i <= edges.length; i++) {
        int end = i < edges.length ? edges[i] : to;
        run(found, from, at, end, started, ended, changes);
        at = end;
      }
    }

    private void run(
        byte[] found, int from, int at, int end, long started, long ended, List<Op> changes) {
      covering.clear();
      for (Op op : changes) {
        if (op.begin <= at && op.end >= end && op.started < ended) {
          covering.add(op);
        }
      }
      boolean[] possible = new boolean[256];
      for (Op op : covering) {
        if (covering.stream().noneMatch(o -> o.started > op.ended && o.ended < started)) {
          possible[op.value & 0xFF] = true;
        }
      }
      boolean old = covering.stream().noneMatch(o -> o.ended < started);
      for (int i = at; i < end; i++) {
        byte is = found[i - from];
        if (!possible[is & 0xFF] && !(old && is == model[i])) {
          throw new AssertionError(
              "seed %d, operation %d: byte %d is %d, was %d, old %s"
                  .formatted(seed, operations, i, is, model[i], old));
        }
      }
    }

    /** What the run was meant to have met has been met. */
    void summary(boolean merge) {
      long merged = 0;
      long unaligned = 0;
      for (BlockWorld.Loop loop : world.loops) {
        for (BlockKind kind : BlockKind.values()) {
          merged += loop.device.counters().get(kind, Counter.MERGED);
          unaligned += loop.device.counters().get(kind, Counter.UNALIGNED);
        }
        assertEquals(0, loop.device.active());
      }
      // Of small blocks few fill their pages, which is what PRPs ask for.
      long least = blockSize < 4096 ? 20 : 1000;
      assertEquals(merge, merged > least, "merged: " + merged);
      assertTrue(unaligned > 10_000, "unaligned: " + unaligned);
      assertTrue(world.control().stops() > 30, "stops: " + world.control().stops());
      assertEquals(0, world.bytesInUse());
    }
  }
}
