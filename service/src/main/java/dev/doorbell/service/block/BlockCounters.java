package dev.doorbell.service.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Accounting of one namespace on one loop, per kind of request. Written by the loop's thread, read
 * by any.
 */
public final class BlockCounters {
  /** What is counted per kind; the order is the id. */
  public enum Counter {
    /** Requests that succeeded. */
    DONE,
    /** Requests that the drive failed. */
    FAILED,
    /** Requests that waited in vain for memory. */
    BUSY,
    /** Bytes of requests that succeeded. */
    BYTES,
    /** Requests whose range did not start and end at blocks; reads round out, writes merge. */
    UNALIGNED
  }

  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int PER_KIND = Counter.values().length;
  private static final int KINDS = BlockKind.values().length;

  private final long[] values = new long[PER_KIND * KINDS];
  private final LatencyHistogram[] latency = new LatencyHistogram[KINDS];

  /** All zero. */
  public BlockCounters() {
    for (int i = 0; i < latency.length; i++) {
      latency[i] = new LatencyHistogram();
    }
  }

  void add(BlockKind kind, Counter counter, long n) {
    int i = kind.ordinal() * PER_KIND + counter.ordinal();
    LONG.setOpaque(values, i, values[i] + n);
  }

  public long get(BlockKind kind, Counter counter) {
    return (long) LONG.getOpaque(values, kind.ordinal() * PER_KIND + counter.ordinal());
  }

  /** Latency of requests that succeeded. */
  public LatencyHistogram latency(BlockKind kind) {
    return latency[kind.ordinal()];
  }
}
