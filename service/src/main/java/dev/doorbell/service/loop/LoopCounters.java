package dev.doorbell.service.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What a loop counts; written by its thread, read by any. */
public final class LoopCounters {
  /** The counters; the order is the id. */
  public enum Counter {
    /** Passes of the loop. */
    TURNS,
    /** Busy polls that saw a completion before their budget ran out. */
    POLL_HITS,
    /** Busy polls that gave up. */
    POLL_TIMEOUTS,
    /** Sleeps in epoll with commands outstanding: an interrupt has to wake the loop. */
    SLEEPS,
    /** Nanoseconds spent in busy polling. */
    POLL_NANOS
  }

  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
  private final long[] values = new long[Counter.values().length];

  void add(Counter counter, long n) {
    int i = counter.ordinal();
    LONG.setOpaque(values, i, values[i] + n);
  }

  /** The value since the loop started. */
  public long get(Counter counter) {
    return (long) LONG.getOpaque(values, counter.ordinal());
  }
}
