package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.NullStore;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.queue.BlockCommand;
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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What an aligned 4 KiB read costs through the block layer, against the driver alone doing the same
 * with the same memory: take a buffer, submit, poll, give it back. The store costs nothing. Time
 * and bytes are per request.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class BlockDeviceBenchmark {
  private static final int BLOCK = 4096;
  private static final long BLOCKS = 1 << 18;
  private static final int DEPTH = 32;

  private NvmeDrive drive;
  private IoQueue queue;
  private BlockDevice device;
  private ScheduledExecutorService timers;
  private final Bare[] bare = new Bare[DEPTH];
  private final Layered[] layered = new Layered[DEPTH];
  private int completed;
  private long lba;

  /** A drive of 1 GiB that keeps nothing. */
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
    handle.interrupt().mask();
    queue.setOwner(Thread.currentThread());
    timers = Executors.newSingleThreadScheduledExecutor();
    BlockNamespace namespace =
        new BlockNamespace("nvme0n1", drive.info(), drive.namespaces().get(0), 128 << 10);
    MemoryQueue memory = new MemoryQueue(queue.arena(), timers, () -> 0, 1000);
    device = new BlockDevice(namespace, new OwnQueue(queue), memory, timers, () -> 0);
    for (int i = 0; i < DEPTH; i++) {
      bare[i] = new Bare();
      layered[i] = new Layered();
    }
  }

  @TearDown
  public void close() {
    drive.close();
    timers.shutdownNow();
  }

  @Benchmark
  public int driver1() {
    return driver(1);
  }

  @Benchmark
  @OperationsPerInvocation(DEPTH)
  public int driver32() {
    return driver(DEPTH);
  }

  @Benchmark
  public int layer1() {
    return layer(1);
  }

  @Benchmark
  @OperationsPerInvocation(DEPTH)
  public int layer32() {
    return layer(DEPTH);
  }

  private int driver(int depth) {
    queue.setOwner(Thread.currentThread());
    completed = 0;
    queue.pair().plug();
    for (int i = 0; i < depth; i++) {
      Bare read = bare[i];
      read.memory = queue.arena().allocate(BLOCK);
      queue.read(read, 1, next(), 1, BLOCK, read.memory, 0);
    }
    return poll(depth);
  }

  private int layer(int depth) {
    queue.setOwner(Thread.currentThread());
    completed = 0;
    queue.pair().plug();
    for (int i = 0; i < depth; i++) {
      device.read(layered[i], next() * BLOCK, BLOCK);
    }
    return poll(depth);
  }

  private int poll(int depth) {
    queue.pair().unplug();
    while (completed < depth) {
      queue.pair().poll();
    }
    return completed;
  }

  /** Scattered, so that nothing adjoins. */
  private long next() {
    lba = lba + 7919 & BLOCKS - 1;
    return lba;
  }

  private final class Bare extends BlockCommand {
    private DmaBuffer memory;

    @Override
    protected void done(int status) {
      memory.release();
      completed++;
    }
  }

  private final class Layered extends BlockRequest {
    @Override
    protected void finished(int status) {
      releaseBuffer();
      completed++;
    }
  }
}
