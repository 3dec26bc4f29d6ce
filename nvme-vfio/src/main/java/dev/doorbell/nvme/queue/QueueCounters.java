package dev.doorbell.nvme.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one queue pair.
 *
 * <p>Only the owner thread writes, so an increment is a load and an opaque store; any thread may
 * read. A reader sees each counter whole and never going back, but not several at one instant.
 */
public final class QueueCounters {
  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[QueueCounter.count()];

  void add(QueueCounter counter, long n) {
    int i = counter.ordinal();
    LONG.setOpaque(values, i, values[i] + n);
  }

  void increment(QueueCounter counter) {
    add(counter, 1);
  }

  /** The value since the queue pair was created; for any thread. */
  public long get(QueueCounter counter) {
    return (long) LONG.getOpaque(values, counter.ordinal());
  }
}
