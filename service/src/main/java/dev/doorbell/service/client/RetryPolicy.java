package dev.doorbell.service.client;

/**
 * How often a request that the service was too busy for (503 with {@code Retry-After}) is repeated,
 * and how long that may take. Only requests that may be repeated without harm are.
 *
 * @param attempts at most, the first included
 * @param maxWaitSeconds the longest {@code Retry-After} that is waited for; beyond it the refusal
 *     is handed on
 */
public record RetryPolicy(int attempts, long maxWaitSeconds) {
  /** Ten attempts, each after at most five seconds. */
  public static final RetryPolicy DEFAULT = new RetryPolicy(10, 5);

  /** Every refusal is handed on. */
  public static final RetryPolicy NONE = new RetryPolicy(1, 0);

  /** Checks the numbers. */
  public RetryPolicy {
    if (attempts < 1 || maxWaitSeconds < 0) {
      throw new IllegalArgumentException(
          attempts + " attempts, waits of " + maxWaitSeconds + " s; at least 1 and 0");
    }
  }

  boolean allows(int attempt, long retryAfterSeconds) {
    return attempt < attempts && retryAfterSeconds >= 0 && retryAfterSeconds <= maxWaitSeconds;
  }
}
