package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllocationTest {
  static final int DEPTH = 127;
  private static final int WARM_UP = 200_000;
  private static final int MEASURED = 100_000;

  @Test
  void nullStoreAllocatesNothingPerCommand() {
    checkAllocation(new NullStore(1 << 30), NvmOpcode.READ);
  }

  @Test
  void memoryStoreAllocatesNothingPerCommand() {
    checkAllocation(new MemoryStore(1 << 20), NvmOpcode.READ);
    checkAllocation(new MemoryStore(1 << 20), NvmOpcode.WRITE);
  }

  @Test
  void cachedReadsOfAFileAllocateNothingPerCommand(@TempDir Path directory) {
    FileStore store =
        FileStore.open(FileStore.Options.sized(directory.resolve("disk.img"), 1 << 20, 4096));
    checkAllocation(store, NvmOpcode.READ);
  }

  /** On this thread all of it, which else a worker does. */
  @ParameterizedTest
  @ValueSource(ints = {NvmOpcode.WRITE_ZEROES, NvmOpcode.VERIFY, NvmOpcode.WRITE})
  void workOnRangesAllocatesNothingPerCommand(int opcode) {
    MemoryStore store = new MemoryStore(1 << 20);
    checkAllocation(store, opcode, ProcessingMode.MANUAL);
  }

  private static void checkAllocation(BlockStore store, int opcode) {
    checkAllocation(store, opcode, ProcessingMode.INLINE);
  }

  private static void checkAllocation(BlockStore store, int opcode, ProcessingMode mode) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (RawHost host = RawHost.started(RawHost.config(store, 4096).mode(mode))) {
      RawHost.Pair io = host.createPair(1, DEPTH + 1, 1);
      host.interrupts[1].mask();
      run(host, io, opcode, WARM_UP);
      long before = threads.getCurrentThreadAllocatedBytes();
      run(host, io, opcode, MEASURED);
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      // What the meter itself and late compilation allocate is far below one byte per command.
      assertTrue(bytes < MEASURED / 2, bytes + " bytes for " + MEASURED + " commands");
      assertEquals(0, host.controller.invalidDoorbells());
    }
  }

  /** Fills the queue, rings, drains: without the records of {@link RawHost}, which allocate. */
  static void run(RawHost host, RawHost.Pair io, int opcode, int commands) {
    int left = commands;
    while (left > 0) {
      int batch = Math.min(left, DEPTH);
      for (int i = 0; i < batch; i++) {
        SubmissionEntry.write(
            io.sq.buffer(),
            io.tail * SubmissionEntry.SIZE,
            opcode,
            i,
            1,
            host.dataIova + 4096L * i,
            0,
            i,
            NvmOpcode.cdw12(1, 0),
            0);
        io.tail = io.tail + 1 == io.entries ? 0 : io.tail + 1;
      }
      io.ring();
      if (host.controller.manual()) {
        host.controller.doWork(batch);
      }
      int seen = 0;
      while (seen < batch) {
        int dw3 = CompletionEntry.dw3Acquire(io.cq.buffer(), io.head * CompletionEntry.SIZE);
        if (CompletionEntry.phase(dw3) != io.phase) {
          Thread.yield();
          continue;
        }
        if (CompletionEntry.status(dw3) != 0) {
          throw new AssertionError("status " + CompletionEntry.status(dw3));
        }
        seen++;
        io.head++;
        if (io.head == io.entries) {
          io.head = 0;
          io.phase ^= 1;
        }
      }
      io.ringHead();
      left -= batch;
    }
  }
}
