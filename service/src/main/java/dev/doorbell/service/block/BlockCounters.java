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
    /** Requests that the drive failed, or that were lost with it. */
    FAILED,
    /** Requests that the drive refused for how its blocks and zones are: whoever asked is wrong. */
    CONFLICT,
    /** Requests that were refused before they came to the drive. */
    INVALID,
    /** Requests that went as a part of another's command. */
    MERGED,
    /** Requests that waited in vain for memory, or found no place to wait. */
    BUSY,
    /** Bytes of requests that succeeded. */
    BYTES,
    /** Requests whose range did not start and end at blocks; reads round out, writes merge. */
    UNALIGNED
  }

  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int PER_KIND = Counter.values().length;
  private static final int KINDS = BlockKind.values().length;

  /** After the counters: when a request last ended. */
  private static final int LAST_END = PER_KIND * KINDS;

  private final long[] values = new long[LAST_END + 1];
  private final LatencyHistogram[] latency = new LatencyHistogram[KINDS];

  /** All zero. */
  public BlockCounters() {
    this(0);
  }

  /**
   * @param now in nanoseconds, as if a request ended then
   */
  BlockCounters(long now) {
    values[LAST_END] = now;
    for (int i = 0; i < latency.length; i++) {
      latency[i] = new LatencyHistogram();
    }
  }

  /** Counts a request by how it ended. */
  void count(BlockKind kind, int status) {
    add(kind, counterOf(status), 1);
  }

  private static Counter counterOf(int status) {
    if (status == 0) {
      return Counter.DONE;
    }
    if (BlockStatus.ofLayer(status)) {
      boolean busy = status == BlockStatus.BUSY || status == BlockStatus.STOPPED;
      return busy ? Counter.BUSY : Counter.INVALID;
    }
    return BlockStatus.conflict(status) ? Counter.CONFLICT : Counter.FAILED;
  }

  void add(BlockKind kind, Counter counter, long n) {
    int i = kind.ordinal() * PER_KIND + counter.ordinal();
    LONG.setOpaque(values, i, values[i] + n);
  }

  void ended(long now) {
    LONG.setOpaque(values, LAST_END, now);
  }

  public long get(BlockKind kind, Counter counter) {
    return (long) LONG.getOpaque(values, kind.ordinal() * PER_KIND + counter.ordinal());
  }

  /** When a request last ended, by the clock of the loop; in nanoseconds. */
  public long lastEnd() {
    return (long) LONG.getOpaque(values, LAST_END);
  }

  /** Latency of requests that succeeded. */
  public LatencyHistogram latency(BlockKind kind) {
    return latency[kind.ordinal()];
  }
}
