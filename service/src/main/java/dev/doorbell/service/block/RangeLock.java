package dev.doorbell.service.block;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Orders read-modify-writes of a namespace against every other write, on all event loops.
 *
 * <p>An aligned write pays one volatile read: while nothing is held it goes straight to the drive.
 * A read-modify-write enters its range here, then sends each loop a message: the loop answers when
 * the overlapping writes it had in flight at that moment have completed. A write that saw nothing
 * held was in flight on its loop before the message came, so it is waited for; a later one sees the
 * range and queues behind it. Ranges are granted in order of arrival.
 */
final class RangeLock {
  /** One loop's part: tells when its writes in flight are done. */
  interface Loop {
    /**
     * Calls {@code done} once no write is in flight that overlaps the range and was submitted
     * before this call. Called on the loop's thread.
     */
    void whenWritesDone(long begin, long end, Runnable done);

    /** Runs tasks on the loop's thread, in order. */
    Executor executor();
  }

  /** A range that is held or waited for. */
  static final class Hold {
    private final long begin;
    private final long end;
    private final boolean readModifyWrite;
    private final Executor executor;
    private final Runnable granted;
    private boolean active;

    /**
     * @param begin first byte, block-aligned
     * @param end byte after the last, block-aligned
     * @param readModifyWrite whether writes already in flight must finish first
     * @param granted called on {@code executor} once the range is held
     */
    Hold(long begin, long end, boolean readModifyWrite, Executor executor, Runnable granted) {
      this.begin = begin;
      this.end = end;
      this.readModifyWrite = readModifyWrite;
      this.executor = executor;
      this.granted = granted;
    }

    private boolean overlaps(long otherBegin, long otherEnd) {
      return begin < otherEnd && otherBegin < end;
    }
  }

  private final List<Hold> holds = new ArrayList<>(); // in order of arrival; guarded by this
  private final List<Loop> loops = new ArrayList<>(); // guarded by this
  private volatile int held;

  synchronized void register(Loop loop) {
    loops.add(loop);
  }

  /** Whether no range is held or waited for: aligned writes may go ahead. */
  boolean idle() {
    return held == 0;
  }

  /** Whether a range overlaps none that is held or waited for. */
  synchronized boolean free(long begin, long end) {
    return firstOverlap(begin, end, holds.size()) < 0;
  }

  /**
   * Enters a range; {@code hold.granted} is called when it is held, never from within this call.
   */
  void acquire(Hold hold) {
    boolean now;
    synchronized (this) {
      now = firstOverlap(hold.begin, hold.end, holds.size()) < 0;
      holds.add(hold);
      hold.active = now;
      held = holds.size();
    }
    if (now) {
      activate(hold);
    }
  }

  /** Gives a range up and lets in those that waited for it alone. */
  void release(Hold hold) {
    List<Hold> next = new ArrayList<>();
    synchronized (this) {
      holds.remove(hold);
      held = holds.size();
      for (int i = 0; i < holds.size(); i++) {
        Hold other = holds.get(i);
        if (!other.active && firstOverlap(other.begin, other.end, i) < 0) {
          other.active = true;
          next.add(other);
        }
      }
    }
    next.forEach(this::activate);
  }

  /** Index of the first of the {@code limit} oldest holds that overlaps, or -1. */
  private int firstOverlap(long begin, long end, int limit) {
    for (int i = 0; i < limit; i++) {
      if (holds.get(i).overlaps(begin, end)) {
        return i;
      }
    }
    return -1;
  }

  private void activate(Hold hold) {
    if (!hold.readModifyWrite) {
      hold.executor.execute(hold.granted);
      return;
    }
    List<Loop> all;
    synchronized (this) {
      all = List.copyOf(loops);
    }
    AtomicInteger missing = new AtomicInteger(all.size());
    Runnable done =
        () -> {
          if (missing.decrementAndGet() == 0) {
            hold.executor.execute(hold.granted);
          }
        };
    for (Loop loop : all) {
      loop.executor().execute(() -> loop.whenWritesDone(hold.begin, hold.end, done));
    }
  }
}
