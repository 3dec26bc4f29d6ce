package dev.doorbell.service.block;

import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.DmaBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The arena of a loop's queue, and who waits for its memory, in order of arrival and no longer than
 * a limit. Belongs to the loop's thread.
 */
public final class MemoryQueue {
  /** Somebody who waits. */
  public interface Waiter {
    /** Bytes wanted. */
    int bytesWanted();

    /** The memory has come; it is the waiter's now. */
    void memoryArrived(DmaBuffer buffer);

    /** The limit passed. */
    void memoryTimedOut();
  }

  private record Waiting(Waiter waiter, long deadline) {}

  /** The part of the arena that is never lent. */
  private static final int KEPT = 8;

  /** How many arenas' worth of bytes sockets may have in copies. */
  private static final long COPIES = 16;

  private final DmaArena arena;
  private final ScheduledExecutorService loop;
  private final LongSupplier nanoTime;
  private final long limitNanos;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long releasesSeen;
  private long lent;
  private long copied;
  private boolean scarce;
  private boolean timerSet;

  /** Who was first has gone: the next may want less. */
  private boolean lookAgain;

  /**
   * @param loop runs tasks on the owner thread
   * @param limitMillis how long a waiter waits
   */
  public MemoryQueue(
      DmaArena arena, ScheduledExecutorService loop, LongSupplier nanoTime, long limitMillis) {
    this.arena = arena;
    this.loop = loop;
    this.nanoTime = nanoTime;
    this.limitNanos = TimeUnit.MILLISECONDS.toNanos(limitMillis);
  }

  /** Memory at once, or null: then wait, behind those who do already. */
  public DmaBuffer allocate(int bytes) {
    return waiting.isEmpty() ? arena.allocate(bytes) : null;
  }

  /** Waits for memory after {@link #allocate} returned null. */
  public void await(Waiter waiter) {
    waiting.add(new Waiting(waiter, nanoTime.getAsLong() + limitNanos));
    // It may want less than those who wait already.
    lookAgain |= scarce;
    setTimer(limitNanos);
  }

  /**
   * Lends memory to a socket, which gives it back when it has taken the bytes, whenever that is.
   * However many readers stall, a part of the arena stays with those who do not.
   *
   * @return false if sockets have as much as they may: then the bytes are to be copied
   */
  public boolean lend(int bytes) {
    if (scarce || lent + bytes > arena.size() - arena.size() / KEPT) {
      return false;
    }
    lent += bytes;
    return true;
  }

  /** A socket has given memory back. */
  public void giveBack(int bytes) {
    lent -= bytes;
  }

  /**
   * Accounts for memory outside of the arena that a socket has bytes in instead.
   *
   * @return false if there is as much already as there may be
   */
  public boolean takeCopy(int bytes) {
    if (copied + bytes > COPIES * arena.size()) {
      return false;
    }
    copied += bytes;
    return true;
  }

  /** A copy is gone. */
  public void endCopy(int bytes) {
    copied -= bytes;
  }

  /**
   * Whether sockets have so much of the memory that each reader gets little at a time. As of the
   * beginning of the turn: what a turn writes, its end may send.
   */
  public boolean scarce() {
    return scarce;
  }

  /** Stops waiting; does nothing if the memory has come already. */
  public void forget(Waiter waiter) {
    waiting.removeIf(w -> w.waiter() == waiter);
    lookAgain = true;
  }

  /** Serves who waits, if any memory has been released; call it every turn. */
  public void serve() {
    scarce = lent > arena.size() / 2;
    if (waiting.isEmpty()) {
      return;
    }
    long releases = arena.releases();
    if (releases == releasesSeen && !lookAgain) {
      return;
    }
    releasesSeen = releases;
    lookAgain = false;
    while (!waiting.isEmpty()) {
      DmaBuffer buffer = arena.allocate(waiting.peek().waiter().bytesWanted());
      if (buffer == null) {
        break;
      }
      waiting.poll().waiter().memoryArrived(buffer);
    }
    boolean more = scarce;
    while (more) {
      more = serveOneWhoWantsLess();
    }
  }

  /**
   * What sockets hold may never come back, and lie so that no large piece is left: who wants less
   * need not wait behind who wants more.
   */
  private boolean serveOneWhoWantsLess() {
    int tooMuch = Integer.MAX_VALUE;
    for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
      Waiter waiter = all.next().waiter();
      int wanted = waiter.bytesWanted();
      DmaBuffer buffer = wanted < tooMuch ? arena.allocate(wanted) : null;
      if (buffer != null) {
        all.remove();
        waiter.memoryArrived(buffer);
        return true;
      }
      tooMuch = Math.min(tooMuch, wanted);
    }
    return false;
  }

  /** Bytes of the arena. */
  public long arenaBytes() {
    return arena.size();
  }

  /** Runs a task on the owner thread later. */
  void schedule(Runnable task, long nanos) {
    loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
  }

  /** How many wait now. */
  public int size() {
    return waiting.size();
  }

  private void setTimer(long nanos) {
    if (!timerSet) {
      timerSet = true;
      loop.schedule(this::expire, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void expire() {
    timerSet = false;
    long now = nanoTime.getAsLong();
    while (!waiting.isEmpty() && waiting.peek().deadline() - now <= 0) {
      waiting.poll().waiter().memoryTimedOut();
      lookAgain = true;
    }
    serve();
    if (!waiting.isEmpty()) {
      setTimer(Math.max(1, waiting.peek().deadline() - now));
    }
  }
}
