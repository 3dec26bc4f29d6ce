package dev.doorbell.nvme;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.NullStore;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a 4 KiB read costs in driver and emulated controller together, when the store costs nothing:
 * submit a batch under one doorbell, poll until all have completed. Time and bytes are per command.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class NullStoreBenchmark {
  private static final int BLOCK = 4096;
  private static final long BLOCKS = 1 << 18;

  private NvmeDrive drive;
  private IoQueue queue;
  private Read[] reads;
  private int completed;
  private long lba;

  /** A drive of 1 GiB that keeps nothing, a queue of 128 entries. */
  @Setup
  public void open() {
    drive =
        NvmeDrive.open(
            EmulatedController.open(
                EmulatedControllerConfig.builder("null")
                    .namespace(new NullStore(BLOCKS * BLOCK), BLOCK)
                    .build()),
            ControllerOptions.of("nvme0", 1));
    IoQueueHandle handle = drive.openQueue(1 << 20);
    queue = handle.queue();
    // As a polling loop does: else every batch costs the device an eventfd write.
    handle.interrupt().mask();
    queue.setOwner(null);
    reads = new Read[127];
    for (int i = 0; i < reads.length; i++) {
      reads[i] = new Read();
    }
  }

  @TearDown
  public void close() {
    drive.close();
  }

  @Benchmark
  public int depth1() {
    return batch(1);
  }

  @Benchmark
  @OperationsPerInvocation(32)
  public int depth32() {
    return batch(32);
  }

  @Benchmark
  @OperationsPerInvocation(127)
  public int depth127() {
    return batch(127);
  }

  private int batch(int depth) {
    if (reads[0].buffer == null) {
      queue.setOwner(Thread.currentThread());
      for (Read read : reads) {
        read.buffer = queue.arena().allocate(BLOCK);
      }
    }
    completed = 0;
    queue.pair().plug();
    for (int i = 0; i < depth; i++) {
      lba = lba + 1 & BLOCKS - 1;
      Read read = reads[i];
      queue.read(read, 1, lba, 1, BLOCK, read.buffer, 0);
    }
    queue.pair().unplug();
    while (completed < depth) {
      queue.pair().poll();
    }
    return completed;
  }

  private final class Read extends BlockCommand {
    private DmaBuffer buffer;

    @Override
    protected void done(int status) {
      if (status != 0) {
        throw new IllegalStateException("status " + status);
      }
      completed++;
    }
  }
}
