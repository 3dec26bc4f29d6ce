package dev.doorbell.nvme.controller;

import java.util.concurrent.atomic.AtomicLongArray;

/** The counters of one controller's faults; for any thread. */
public final class ControllerCounters {
  private final AtomicLongArray values = new AtomicLongArray(ControllerCounter.values().length);

  ControllerCounters() {}

  void increment(ControllerCounter counter) {
    values.incrementAndGet(counter.ordinal());
  }

  /** The value since the controller was opened. */
  public long get(ControllerCounter counter) {
    return values.get(counter.ordinal());
  }
}
