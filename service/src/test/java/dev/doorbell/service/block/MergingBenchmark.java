package dev.doorbell.service.block;

import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.queue.IoQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * 32 writes of 4 KiB in one turn, merged or not: such that adjoin, and such that do not, for what
 * the attempt costs. On memory; time and bytes are per write.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class MergingBenchmark {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 1 << 13;
  private static final int DEPTH = 32;

  @Param({"false", "true"})
  public boolean merge;

  private NvmeDrive drive;
  private IoQueue queue;
  private BlockDevice device;
  private ScheduledExecutorService timers;
  private final Write[] writes = new Write[DEPTH];
  private int completed;
  private int block;

  /** A drive of 32 MiB in memory. */
  @Setup
  public void open() {
    drive =
        NvmeDrive.open(
            EmulatedController.open(
                EmulatedControllerConfig.builder("memory")
                    .namespace(new MemoryStore((long) BLOCKS * BLOCK), BLOCK)
                    .build()),
            ControllerOptions.of("nvme0", 1));
    IoQueueHandle handle = drive.openQueue(1 << 20);
    queue = handle.queue();
    handle.interrupt().mask();
    queue.setOwner(Thread.currentThread());
    timers = Executors.newSingleThreadScheduledExecutor();
    NamespaceInfo info = drive.namespaces().get(0);
    BlockNamespace namespace =
        new BlockNamespace(
            "nvme0n1",
            drive.info(),
            info,
            drive.limits(info.id()),
            128 << 10,
            BlockSettings.PLAIN.withMerge(merge));
    MemoryQueue memory = new MemoryQueue(queue.arena(), timers, () -> 0, 1000);
    device = new BlockDevice(namespace, new OwnQueue(queue), memory, timers, () -> 0);
    for (int i = 0; i < DEPTH; i++) {
      writes[i] = new Write();
    }
  }

  @TearDown
  public void close() {
    drive.close();
    timers.shutdownNow();
  }

  @Benchmark
  @OperationsPerInvocation(DEPTH)
  public int adjacent() {
    return turn(1);
  }

  @Benchmark
  @OperationsPerInvocation(DEPTH)
  public int scattered() {
    return turn(2311);
  }

  private int turn(int stride) {
    queue.setOwner(Thread.currentThread());
    completed = 0;
    queue.pair().plug();
    for (int i = 0; i < DEPTH; i++) {
      block = block + stride & BLOCKS - 1;
      Write write = writes[i];
      long offset = (long) block * BLOCK;
      device.prepareWrite(write, offset, device.memory().allocate(BLOCK));
      device.write(write, offset, BLOCK, false);
    }
    device.submitPending();
    queue.pair().unplug();
    while (completed < DEPTH) {
      queue.pair().poll();
    }
    return completed;
  }

  private final class Write extends BlockRequest {
    @Override
    protected void finished(int status) {
      releaseBuffer();
      completed++;
    }
  }
}
