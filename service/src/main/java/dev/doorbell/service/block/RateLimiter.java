package dev.doorbell.service.block;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Holds a namespace to its rates, whatever loop its requests are on. Safe for any thread; without a
 * lock.
 *
 * <p>For each rate there is a point in time up to which it has been used, as in the generic cell
 * rate algorithm of ITU-T I.371: a request goes if that point is less than the burst ahead, and
 * moves it on by what it costs.
 */
final class RateLimiter {
  private final Rate operations;
  private final Rate bytes;

  RateLimiter(BlockSettings settings) {
    long burst = TimeUnit.MILLISECONDS.toNanos(settings.burstMillis());
    operations = new Rate(settings.operationsPerSecond(), burst);
    bytes = new Rate(settings.bytesPerSecond(), burst);
  }

  /**
   * Takes one operation of {@code length} bytes from the rates, if they allow it now.
   *
   * @param now in nanoseconds, of one clock for all loops
   */
  boolean tryTake(long now, long length) {
    if (waitNanos(now) > 0) {
      return false;
    }
    operations.take(now, 1);
    bytes.take(now, length);
    return true;
  }

  /** How long until something may be taken; 0 for now. */
  long waitNanos(long now) {
    return Math.max(operations.waitNanos(now), bytes.waitNanos(now));
  }

  private static final class Rate {
    private static final long LONG_AGO = Long.MIN_VALUE / 2;

    private final double nanosPerUnit;
    private final long burst;
    private final AtomicLong used = new AtomicLong(LONG_AGO);

    /**
     * @param perSecond 0 for no limit
     */
    Rate(long perSecond, long burst) {
      this.nanosPerUnit = perSecond == 0 ? 0 : 1e9 / perSecond;
      this.burst = burst;
    }

    long waitNanos(long now) {
      return nanosPerUnit == 0 ? 0 : Math.max(0, used.get() - burst - now);
    }

    void take(long now, long units) {
      if (nanosPerUnit > 0) {
        long cost = Math.round(units * nanosPerUnit);
        used.updateAndGet(before -> Math.max(before, now) + cost);
      }
    }
  }
}
