package dev.doorbell.emulated;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller's own threads, for work that waits for a disk.
 *
 * <p>The queue is as long as there are items: each command slot of each queue is one, so it is
 * bounded by the queue sizes and submitting neither waits nor allocates.
 */
final class WorkerPool {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

  private final Object lock = new Object();
  private final Thread[] threads;
  private WorkItem first;
  private WorkItem last;
  private int idle;

  /**
   * Somebody has been notified and has not come yet. It wakes the next if there is work for it: so
   * a batch of short items does not wake a thread each. True whenever items wait and threads are
   * idle.
   */
  private boolean waking;

  private boolean stopping;

  WorkerPool(String name, int workers) {
    threads = new Thread[workers];
    for (int i = 0; i < workers; i++) {
      threads[i] = new Thread(this::loop, name + "-worker-" + i);
      threads[i].setDaemon(true);
      threads[i].start();
    }
  }

  void submit(WorkItem item) {
    synchronized (lock) {
      item.next = null;
      if (first == null) {
        first = item;
      } else {
        last.next = item;
      }
      last = item;
      wakeOne();
    }
  }

  private void wakeOne() {
    if (idle > 0 && !waking) {
      waking = true;
      lock.notify();
    }
  }

  private void loop() {
    WorkItem item;
    while ((item = take()) != null) {
      try {
        item.run();
      } catch (RuntimeException | Error e) {
        LOG.error("work failed unexpectedly", e);
      }
    }
  }

  /** Waits for an item; null once the pool is stopping and empty. */
  private WorkItem take() {
    synchronized (lock) {
      while (first == null) {
        if (stopping) {
          return null;
        }
        idle++;
        try {
          lock.wait();
        } catch (InterruptedException e) {
          // Nobody interrupts workers on purpose: stop() is how they end.
          Thread.interrupted();
        } finally {
          idle--;
          waking = false;
        }
      }
      WorkItem item = first;
      first = item.next;
      item.next = null;
      if (first != null) {
        wakeOne();
      }
      return item;
    }
  }

  /** Lets the workers finish what is queued, and waits for them to end. Not for workers to call. */
  void stop() {
    synchronized (lock) {
      stopping = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          // The memory and files the workers use may not be released before they have ended.
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
