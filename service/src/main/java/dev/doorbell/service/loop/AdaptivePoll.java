package dev.doorbell.service.loop;

/**
 * How long a loop polls before it sleeps, in the manner of QEMU's AioContext: the budget grows
 * while events come soon after it ran out, and shrinks when they take longer than polling may last.
 *
 * <p>Belongs to the loop's thread; times are nanoseconds.
 */
final class AdaptivePoll {
  private static final long FIRST_BUDGET_NANOS = 4_000;

  private final long maxNanos;
  private final int grow;
  private final int shrink;
  private long budget;

  /**
   * @param maxNanos longest budget; 0 never polls
   * @param grow factor, at least 2
   * @param shrink divisor; 0 falls back to no polling at once
   */
  AdaptivePoll(long maxNanos, int grow, int shrink) {
    this.maxNanos = maxNanos;
    this.grow = grow;
    this.shrink = shrink;
  }

  /** How long to poll now. */
  long budget() {
    return budget;
  }

  /**
   * Learns from one wait for a completion.
   *
   * @param waited from the start of polling until the completion was seen, asleep or not
   */
  void waited(long waited) {
    if (waited <= budget) {
      return;
    }
    if (waited > maxNanos) {
      // Polling would not have caught it: do not burn the processor for the next one either.
      budget = shrink == 0 ? 0 : budget / shrink;
    } else if (budget < maxNanos) {
      budget = Math.min(maxNanos, budget == 0 ? FIRST_BUDGET_NANOS : budget * grow);
    }
  }
}
