package dev.doorbell.emulated;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What a command does to its ranges, on a thread that may wait. */
enum RangeWork {
  /** Dataset Management without Deallocate: advice, not taken. */
  NOTHING(false) {
    @Override
    int perform(Command command) {
      return Status.SUCCESS;
    }
  },
  ZERO(true) {
    @Override
    int perform(Command command) {
      return zero(command, false);
    }
  },
  DEALLOCATE(true) {
    @Override
    int perform(Command command) {
      return zero(command, true);
    }
  },
  VERIFY(false) {
    @Override
    int perform(Command command) {
      long start = command.ranges.offset(0);
      return each(command, start, (chunk, done) -> Status.SUCCESS);
    }
  },
  COMPARE(false) {
    @Override
    int perform(Command command) {
      int[] place = new int[2];
      return each(
          command,
          command.ranges.offset(0),
          (chunk, done) -> equal(command.data, place, chunk) ? 0 : Status.COMPARE_FAILURE);
    }
  },
  COPY(true) {
    @Override
    int perform(Command command) {
      Chunk chunk = Chunk.ofThread();
      long to = command.offset;
      for (int i = 0; i < command.ranges.count(); i++) {
        long from = command.ranges.offset(i);
        for (long left = command.ranges.length(i); left > 0; ) {
          ScatterList list = chunk.of((int) Math.min(left, Chunk.SIZE));
          int status = command.namespace.store.read(list, from);
          if (status == Status.SUCCESS) {
            status = command.namespace.store.write(chunk.of((int) list.bytes()), to);
          }
          if (status != Status.SUCCESS) {
            return status;
          }
          from += list.bytes();
          to += list.bytes();
          left -= list.bytes();
        }
      }
      return Status.SUCCESS;
    }
  },
  /** A Compare that is followed by a Write of the same blocks, nothing coming in between. */
  COMPARE_AND_WRITE(true) {
    @Override
    int perform(Command command) {
      Command compare = command.fusedFirst;
      compare.status = COMPARE.perform(compare);
      return compare.status == Status.SUCCESS
          ? command.namespace.store.write(command.data, command.offset)
          : Status.ABORTED_FAILED_FUSED;
    }
  };

  private final boolean writes;

  RangeWork(boolean writes) {
    this.writes = writes;
  }

  boolean writes() {
    return writes;
  }

  /** Returns a status. */
  abstract int perform(Command command);

  /** A copy, so that what is checked is what is used: the host may change its memory meanwhile. */
  static ByteBuffer copyOf(ScatterList data) {
    ByteBuffer copy = ByteBuffer.allocate((int) data.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    for (int i = 0; i < data.count(); i++) {
      copy.put(at, data.buffer(i), data.offset(i), data.length(i));
      at += data.length(i);
    }
    return copy;
  }

  private static int zero(Command command, boolean deallocate) {
    Ranges ranges = command.ranges;
    for (int i = 0; i < ranges.count(); i++) {
      if (ranges.length(i) > 0) {
        int status = command.namespace.store.zero(ranges.offset(i), ranges.length(i), deallocate);
        if (status != Status.SUCCESS) {
          return status;
        }
      }
    }
    return Status.SUCCESS;
  }

  /** Reads the first range of a command in chunks and shows each to {@code test}. */
  private static int each(Command command, long start, ChunkTest test) {
    Chunk chunk = Chunk.ofThread();
    long bytes = command.ranges.length(0);
    for (long done = 0; done < bytes; done += Chunk.SIZE) {
      ScatterList list = chunk.of((int) Math.min(Chunk.SIZE, bytes - done));
      int status = command.namespace.store.read(list, start + done);
      if (status == Status.SUCCESS) {
        status = test.test(list, done);
      }
      if (status != Status.SUCCESS) {
        return status;
      }
    }
    return Status.SUCCESS;
  }

  /**
   * Compares the chunk with the next bytes of {@code data}.
   *
   * @param place segment and offset in it where those begin; moved on
   */
  private static boolean equal(ScatterList data, int[] place, ScatterList chunk) {
    ByteBuffer mine = chunk.buffer(0);
    int at = chunk.offset(0);
    int left = chunk.length(0);
    while (left > 0) {
      int segment = place[0];
      int n = Math.min(left, data.length(segment) - place[1]);
      ByteBuffer theirs = data.buffer(segment).slice(data.offset(segment) + place[1], n);
      if (theirs.mismatch(mine.slice(at, n)) >= 0) {
        return false;
      }
      at += n;
      left -= n;
      place[1] += n;
      if (place[1] == data.length(segment)) {
        place[0]++;
        place[1] = 0;
      }
    }
    return true;
  }

  private interface ChunkTest {
    int test(ScatterList chunk, long done);
  }

  /** Memory of the calling thread for data on its way. */
  private static final class Chunk {
    static final int SIZE = 1 << 16;
    private static final ThreadLocal<Chunk> OF_THREAD = ThreadLocal.withInitial(Chunk::new);

    private final DmaMemory memory = DmaMemory.allocate(SIZE);
    private final ScatterList list = new ScatterList();

    static Chunk ofThread() {
      return OF_THREAD.get();
    }

    ScatterList of(int bytes) {
      list.clear();
      list.add(memory.buffer(), memory.address(), 0, bytes);
      return list;
    }
  }
}
