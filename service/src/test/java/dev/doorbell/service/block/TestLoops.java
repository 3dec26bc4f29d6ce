package dev.doorbell.service.block;

import dev.doorbell.dma.DmaArena;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.ProcessingMode;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.queue.IoQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Several event loops on one emulated drive, all run by the test's thread, one small step at a time
 * in an order that a seed decides.
 */
final class TestLoops implements AutoCloseable {
  static final class Loop {
    final IoQueue queue;
    final Queue<Runnable> tasks = new ArrayDeque<>();
    final MemoryQueue memory;
    final BlockDevice device;

    private Loop(IoQueue queue, BlockNamespace namespace, ScheduledExecutorService timers) {
      this.queue = queue;
      queue.pair().plug();
      this.memory = new MemoryQueue(queue.arena(), timers, () -> 0, 1000);
      this.device = new BlockDevice(namespace, new OwnQueue(queue), memory, tasks::add, () -> 0);
    }

    /** A loop without a queue of its own. */
    private Loop(
        Loop owner, DmaArena arena, BlockNamespace namespace, ScheduledExecutorService timers) {
      this.queue = null;
      this.memory = new MemoryQueue(arena, timers, () -> 0, 1000);
      ForwardingQueue shared = new ForwardingQueue(owner.queue, owner.tasks::add, tasks::add);
      this.device = new BlockDevice(namespace, shared, memory, tasks::add, () -> 0);
    }
  }

  final List<Loop> loops = new ArrayList<>();
  final BlockNamespace namespace;
  private final EmulatedController controller;
  private final NvmeDrive drive;
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final Random random;

  TestLoops(int count, int blockSize, int transfer, int arena, long seed) {
    this(count, count, blockSize, transfer, arena, seed);
  }

  /**
   * @param queues how many of the loops have a queue of their own
   */
  TestLoops(int count, int queues, int blockSize, int transfer, int arena, long seed) {
    random = new Random(seed);
    controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("emulated")
                .mode(ProcessingMode.MANUAL)
                .namespace(new MemoryStore(1 << 20), blockSize)
                .build());
    drive =
        NvmeDrive.open(
            controller,
            new ControllerOptions(
                "nvme0",
                count,
                16,
                1 << 20,
                1000,
                new Waiting(System::nanoTime, () -> controller.doWork(1))));
    namespace = new BlockNamespace("nvme0n1", drive.info(), drive.namespaces().get(0), transfer);
    for (int i = 0; i < queues; i++) {
      loops.add(new Loop(drive.openQueue(arena).queue(), namespace, timers));
    }
    for (int i = queues; i < count; i++) {
      loops.add(new Loop(loops.get(i % queues), drive.openArena(arena), namespace, timers));
    }
  }

  /** One small step of something, chosen at random. */
  void step() {
    Loop loop = loops.get(random.nextInt(loops.size()));
    switch (random.nextInt(3)) {
      case 0 -> controller.doWork(1);
      case 1 -> {
        if (loop.queue != null) {
          // As a real loop: what was submitted is announced, and plugged again.
          loop.queue.pair().unplug();
          loop.queue.pair().poll();
          loop.queue.pair().plug();
        }
      }
      default -> {
        Runnable task = loop.tasks.poll();
        if (task != null) {
          task.run();
        }
        loop.memory.serve();
      }
    }
  }

  @Override
  public void close() {
    drive.close();
    timers.shutdownNow();
  }
}
