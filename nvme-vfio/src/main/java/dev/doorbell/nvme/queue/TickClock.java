package dev.doorbell.nvme.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Time for timeouts: a count of the rounds of whoever watches, so that posting a command costs a
 * load and not a look at a clock, and that a process that was stopped for a minute has not waited
 * for one. One thread advances it, any thread reads it.
 */
public final class TickClock {
  private static final VarHandle TICKS;

  static {
    try {
      TICKS = MethodHandles.lookup().findVarHandle(TickClock.class, "ticks", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private int ticks;

  /** Ticks so far; wraps around, so compare differences. */
  public int now() {
    return (int) TICKS.getOpaque(this);
  }

  public void advance() {
    TICKS.setOpaque(this, ticks + 1);
  }
}
