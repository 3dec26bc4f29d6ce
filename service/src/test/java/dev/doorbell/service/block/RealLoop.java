package dev.doorbell.service.block;

import dev.doorbell.dma.DmaArena;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.queue.IoQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;

/** An event loop on a thread of its own: runs messages and polls its queue. */
final class RealLoop extends Thread {
  final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  final IoQueue queue;
  final DmaArena arena;
  final BlockDevice device;
  final AtomicReference<Throwable> failure;
  private volatile boolean stopped;

  /** A loop with a queue of its own. */
  RealLoop(
      IoQueueHandle handle,
      BlockNamespace namespace,
      ScheduledExecutorService timers,
      AtomicReference<Throwable> failure) {
    super("loop-" + handle.queue().id());
    this.queue = handle.queue();
    this.arena = queue.arena();
    this.failure = failure;
    handle.interrupt().mask();
    queue.setOwner(this);
    device = device(namespace, new OwnQueue(queue), timers);
  }

  /** A loop that uses the queue of another. */
  RealLoop(
      RealLoop owner,
      DmaArena arena,
      BlockNamespace namespace,
      ScheduledExecutorService timers,
      AtomicReference<Throwable> failure) {
    super("loop-sharing");
    this.queue = null;
    this.arena = arena;
    this.failure = failure;
    arena.setOwner(this);
    BlockQueue shared = new ForwardingQueue(owner.queue, owner.tasks::add, tasks::add);
    device = device(namespace, shared, timers);
  }

  private BlockDevice device(
      BlockNamespace namespace, BlockQueue way, ScheduledExecutorService timers) {
    // Timers belong to the loop as well; none is needed while memory is plenty.
    MemoryQueue memory = new MemoryQueue(arena, timers, System::nanoTime, 60_000);
    return new BlockDevice(namespace, way, memory, tasks::add, System::nanoTime);
  }

  @Override
  public void run() {
    try {
      plug();
      while (!stopped) {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
        device.memory().serve();
        device.submitPending();
        if (queue == null || pollQueue() == 0) {
          Thread.yield();
        }
      }
      if (queue != null) {
        queue.pair().unplug();
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  private void plug() {
    if (queue != null) {
      queue.pair().plug();
    }
  }

  private int pollQueue() {
    queue.pair().unplug();
    int taken = queue.pair().poll();
    queue.pair().plug();
    return taken;
  }

  void end() {
    stopped = true;
  }
}
