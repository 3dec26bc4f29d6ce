package dev.doorbell.service.block;

import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.queue.IoQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;

/** An event loop on a thread of its own: runs messages and polls its queue. */
final class RealLoop extends Thread {
  final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  final IoQueue queue;
  BlockDevice device;
  final AtomicReference<Throwable> failure;
  private final BlockNamespace namespace;
  private final ScheduledExecutorService timers;
  private volatile boolean stopped;

  RealLoop(
      IoQueueHandle handle,
      BlockNamespace namespace,
      ScheduledExecutorService timers,
      AtomicReference<Throwable> failure) {
    super("loop-" + handle.queue().id());
    this.queue = handle.queue();
    this.namespace = namespace;
    this.timers = timers;
    this.failure = failure;
    handle.interrupt().mask();
    queue.setOwner(this);
    // Timers belong to the loop as well; none is needed while memory is plenty.
    MemoryQueue memory = new MemoryQueue(queue.arena(), this.timers, System::nanoTime, 60_000);
    device =
        new BlockDevice(this.namespace, new OwnQueue(queue), memory, tasks::add, System::nanoTime);
  }

  @Override
  public void run() {
    try {
      queue.pair().plug();
      while (!stopped) {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
        device.memory().serve();
        device.submitPending();
        queue.pair().unplug();
        if (queue.pair().poll() == 0) {
          Thread.yield();
        }
        queue.pair().plug();
      }
      queue.pair().unplug();
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  void end() {
    stopped = true;
  }
}
