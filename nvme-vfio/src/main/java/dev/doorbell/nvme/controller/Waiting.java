package dev.doorbell.nvme.controller;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * How to wait for a controller: a clock and what to do between two looks. Passed in, so that tests
 * run on a clock of their own.
 *
 * @param nanoTime as {@link System#nanoTime}
 * @param idle called between two looks
 */
public record Waiting(LongSupplier nanoTime, Runnable idle) {
  private static final long PARK_NANOS = 20_000;

  /** The system's clock, and short sleeps. */
  public static final Waiting SYSTEM =
      new Waiting(System::nanoTime, () -> LockSupport.parkNanos(PARK_NANOS));
}
