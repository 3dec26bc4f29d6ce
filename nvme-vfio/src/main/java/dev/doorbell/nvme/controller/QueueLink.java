package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.queue.QueuePair;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * An I/O queue as the controller's threads reach it: by messages to the thread that owns it, never
 * by a lock.
 */
final class QueueLink {
  /** No command is overdue. */
  static final int NONE = -1;

  private final IoQueueHandle handle;
  private final int vector;

  /** Runs tasks on the owner thread, in order; null while the queue has not been handed on. */
  private volatile Executor owner;

  /** A check is with the owner. */
  private volatile boolean checking;

  /** What the last check found: the identifier of an overdue command, or {@link #NONE}. */
  private volatile int overdue = NONE;

  /**
   * @param vector of its interrupt, negative for none
   */
  QueueLink(IoQueueHandle handle, int vector) {
    this.handle = handle;
    this.vector = vector;
  }

  IoQueueHandle handle() {
    return handle;
  }

  int vector() {
    return vector;
  }

  QueuePair pair() {
    return handle.queue().pair();
  }

  void setOwner(Executor executor) {
    owner = executor;
  }

  /** Has the owner do a step; the future ends with it, also if it throws. */
  CompletableFuture<Void> send(Consumer<QueuePair> step) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Runnable task =
        () -> {
          try {
            step.accept(pair());
            done.complete(null);
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        };
    Executor executor = owner;
    if (executor != null) {
      try {
        executor.execute(task);
        return done;
      } catch (RejectedExecutionException e) {
        // The owner's thread has ended: nobody uses the queue any more.
        owner = null;
      }
    }
    handle.queue().setOwner(Thread.currentThread());
    task.run();
    return done;
  }

  /** Whether the answer to the last {@link #check} is still to come. */
  boolean checking() {
    return checking;
  }

  /**
   * Has the owner poll, for an interrupt may have been lost, and then look for an overdue command.
   *
   * @param limit in ticks
   */
  void check(int limit) {
    checking = true;
    send(
        pair -> {
          try {
            pair.poll();
            overdue = pair.overdue(limit);
          } finally {
            checking = false;
          }
        });
  }

  /** Takes what the last check found. */
  int takeOverdue() {
    int found = overdue;
    overdue = NONE;
    return found;
  }
}
