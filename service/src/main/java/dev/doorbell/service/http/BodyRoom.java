package dev.doorbell.service.http;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * How much of memory the bodies of one loop may take that have to be here as a whole before any of
 * it is written; and who waits for room, in order of arrival and no longer than a limit. Belongs to
 * the loop's thread.
 */
final class BodyRoom {
  /** A request whose body has not been read yet. */
  interface Waiter {
    /** There is room; it is the waiter's now. */
    void roomCame();

    /** The limit passed. */
    void roomTimedOut();
  }

  private record Waiting(Waiter waiter, long bytes, long most) {}

  private final long waitMillis;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long taken;

  BodyRoom(long waitMillis) {
    this.waitMillis = waitMillis;
  }

  /**
   * Takes room at once. A body of any length fits when nothing else is here.
   *
   * @param most bytes that all may have together
   * @return false if there is none, or others wait already
   */
  boolean take(long bytes, long most) {
    if (!waiting.isEmpty() || !fits(bytes, most)) {
      return false;
    }
    taken += bytes;
    return true;
  }

  /** Waits for room after {@link #take} returned false. */
  void await(Waiter waiter, long bytes, long most, EventLoop loop) {
    Waiting entry = new Waiting(waiter, bytes, most);
    waiting.add(entry);
    loop.schedule(() -> expire(entry), waitMillis, TimeUnit.MILLISECONDS);
  }

  /** Stops waiting. */
  void forget(Waiter waiter) {
    waiting.removeIf(w -> w.waiter() == waiter);
    serve();
  }

  /** Takes more for a body that is longer than was thought; false if there is no more room. */
  boolean grow(long bytes, long most) {
    if (taken + bytes > most) {
      return false;
    }
    taken += bytes;
    return true;
  }

  /** Room is free again. */
  void giveBack(long bytes) {
    taken -= bytes;
    serve();
  }

  private void serve() {
    while (!waiting.isEmpty() && fits(waiting.peek().bytes(), waiting.peek().most())) {
      Waiting next = waiting.poll();
      taken += next.bytes();
      next.waiter().roomCame();
    }
  }

  private boolean fits(long bytes, long most) {
    return taken == 0 || taken + bytes <= most;
  }

  private void expire(Waiting entry) {
    // By identity: a record's equality is that of its values.
    if (waiting.removeIf(w -> w == entry)) {
      entry.waiter().roomTimedOut();
      serve();
    }
  }
}
