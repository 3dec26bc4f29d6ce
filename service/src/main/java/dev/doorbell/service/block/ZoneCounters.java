package dev.doorbell.service.block;

import dev.doorbell.nvme.spec.ZoneAction;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What one loop has done to the zones of a namespace. Written by the loop's thread, read by any.
 */
public final class ZoneCounters {
  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);

  /** Buckets of append sizes: up to 512 bytes, and each twice as large as the one before. */
  private static final int FIRST_BUCKET_SHIFT = 9;

  private static final int BUCKETS = 14;

  private final long[] actions = new long[ZoneAction.values().length];
  private final long[] sizes = new long[BUCKETS + 1];
  private final long[] sum = new long[1];

  /** An action has succeeded. */
  void managed(ZoneAction action) {
    add(actions, action.ordinal(), 1);
  }

  /** An append has succeeded. */
  void appended(int bytes) {
    int shift = Integer.SIZE - Integer.numberOfLeadingZeros(bytes - 1);
    add(sizes, Math.min(Math.max(0, shift - FIRST_BUCKET_SHIFT), BUCKETS), 1);
    add(sum, 0, bytes);
  }

  /** How often an action has succeeded. */
  public long actions(ZoneAction action) {
    return (long) LONG.getOpaque(actions, action.ordinal());
  }

  /** Buckets with an upper bound; one more has none. */
  public static int buckets() {
    return BUCKETS;
  }

  /** Largest append of bucket {@code i} in bytes. */
  public static long upperBound(int i) {
    return 1L << FIRST_BUCKET_SHIFT + i;
  }

  /** Appends in bucket {@code i}, 0 to {@link #buckets}. */
  public long appends(int i) {
    return (long) LONG.getOpaque(sizes, i);
  }

  /** Bytes of all appends. */
  public long appendedBytes() {
    return (long) LONG.getOpaque(sum, 0);
  }

  private static void add(long[] values, int i, long n) {
    LONG.setOpaque(values, i, values[i] + n);
  }
}
