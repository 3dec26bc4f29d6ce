package dev.doorbell.emulated.zoned;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A lock for what takes some nanoseconds: one atomic operation where nobody else wants it, against
 * a monitor's two, which every append would pay twice. Who finds it taken spins and yields. Not
 * reentrant.
 */
final class BriefLock {
  private static final int SPINS = 64;
  private static final VarHandle TAKEN;

  static {
    try {
      TAKEN = MethodHandles.lookup().findVarHandle(BriefLock.class, "taken", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // by its handle
  private int taken;

  void lock() {
    if (!TAKEN.compareAndSet(this, 0, 1)) {
      contend();
    }
  }

  /** Release: what was done under the lock is seen by who takes it next. */
  void unlock() {
    TAKEN.setRelease(this, 0);
  }

  private void contend() {
    int spins = 0;
    while ((int) TAKEN.getOpaque(this) != 0 || !TAKEN.compareAndSet(this, 0, 1)) {
      if (++spins < SPINS) {
        Thread.onSpinWait();
      } else {
        // Whoever has it may have lost its processor.
        spins = 0;
        Thread.yield();
      }
    }
  }
}
