package dev.doorbell.service.http;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assertions;

/** Waits for a condition that another thread brings about. */
final class Await {
  private static final long DEADLINE_SECONDS = 60;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private Await() {}

  /** Returns once the condition holds; fails after a deadline no healthy run comes near. */
  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        Assertions.fail("within " + DEADLINE_SECONDS + " s it did not come about that " + what);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
