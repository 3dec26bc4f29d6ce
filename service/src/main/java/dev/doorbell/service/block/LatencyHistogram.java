package dev.doorbell.service.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Latencies in fixed buckets from 1 µs to 10 s. Written by one thread, read by any; recording
 * allocates nothing.
 */
public final class LatencyHistogram {
  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);

  private static final long[] BOUNDS_NANOS = {
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L
  };

  // One count per bound, one for what is above them all, and the sum of nanoseconds.
  private final long[] values = new long[BOUNDS_NANOS.length + 2];

  /** Counts one latency; for the owner thread. */
  public void record(long nanos) {
    int i = 0;
    while (i < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[i]) {
      i++;
    }
    add(i, 1);
    add(values.length - 1, nanos);
  }

  /** How many upper bounds there are; bucket {@code buckets()} has none. */
  public static int buckets() {
    return BOUNDS_NANOS.length;
  }

  /** Upper bound of a bucket in seconds. */
  public static double upperBoundSeconds(int bucket) {
    return BOUNDS_NANOS[bucket] / 1e9;
  }

  /** Latencies in this bucket alone; 0 to {@link #buckets()}. */
  public long count(int bucket) {
    return (long) LONG.getOpaque(values, bucket);
  }

  public double sumSeconds() {
    return (long) LONG.getOpaque(values, values.length - 1) / 1e9;
  }

  private void add(int i, long n) {
    LONG.setOpaque(values, i, values[i] + n);
  }
}
