package dev.doorbell.emulated.zoned;

import dev.doorbell.nvme.spec.ZoneCondition;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The state of one zone. Guarded by the lock of its {@link ZoneTable}, except what reads of data
 * look at: the condition and {@link #dataEnd}.
 *
 * <p>Writes take their blocks when they begin and end in any order, so there are two pointers: what
 * has been taken, and up to where every write has ended. The second is what the host sees, and what
 * survives.
 */
final class Zone {
  static final long NONE = -1;

  final int index;
  final long start;

  volatile ZoneCondition condition;

  /** Attributes of the descriptor. */
  int attributes;

  /** The next block that a write takes, as an LBA; of a full zone, its end. */
  long taken;

  /** Every write below this LBA has ended; of a full zone, its end. */
  long pointer;

  /** Blocks below this LBA have been written since the last reset; those above read as zeros. */
  private long dataEnd;

  /**
   * Where the only write under way ends; {@link #NONE} if there is none, or are several. The usual
   * case, which goes without a list.
   */
  long onlyEnd = NONE;

  /** Writes that have begun and not all of whose predecessors have ended, by LBA. */
  InFlight first;

  InFlight last;

  // Links of the list of implicitly open zones, oldest first.
  Zone previous;
  Zone next;

  /** Whether it has changed since the last commit, and the next such zone. */
  boolean dirty;

  boolean extensionDirty;
  Zone nextDirty;

  private static final VarHandle DATA_END;

  static {
    try {
      DATA_END = MethodHandles.lookup().findVarHandle(Zone.class, "dataEnd", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  Zone(int index, long start, ZoneCondition condition) {
    this.index = index;
    this.start = start;
    this.condition = condition;
    this.taken = start;
    this.pointer = start;
    this.dataEnd = start;
  }

  /** Whether no write is under way. */
  boolean idle() {
    return first == null && onlyEnd == NONE;
  }

  long dataEnd() {
    return (long) DATA_END.getAcquire(this);
  }

  /** Set before the write that moves it ends: who has been told of the write sees it. */
  void dataEnd(long lba) {
    DATA_END.setRelease(this, lba);
  }

  /** A write that has begun. Reused: a finished write may have to wait here for earlier ones. */
  static final class InFlight {
    long end;
    boolean ended;

    /** The request to be released once all earlier writes have ended; or null. */
    ZoneRequest waiter;

    InFlight next;
  }
}
