package dev.doorbell.service.http;

import java.util.ArrayDeque;

/**
 * How much of the drive's memory the requests of one HTTP/2 connection hold: half of a bound is for
 * what its socket has not taken yet, half for its writes. Answers beyond that are copied and come
 * in small pieces; writes beyond it wait. Belongs to the loop's thread.
 */
final class ConnectionMemory {
  /** A write that waits. */
  interface Waiter {
    /** Takes what it waits for, by {@link #takeNext}; false if it still does not fit. */
    boolean tryAgain();
  }

  private final long half;
  private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
  private long lent;
  private long writing;
  private boolean serving;

  ConnectionMemory(long most) {
    this.half = most / 2;
  }

  /** Lends memory to the socket; false if it has as much as it may. */
  boolean lend(int bytes) {
    if (lent + bytes > half) {
      return false;
    }
    lent += bytes;
    return true;
  }

  /** The socket has given memory back. */
  void giveBack(int bytes) {
    lent -= bytes;
  }

  /** Whether the socket has so much that each answer gets little at a time. */
  boolean scarce() {
    return lent > half / 2;
  }

  /**
   * Takes memory for a write. A command of any length fits when there is no other.
   *
   * @return false if there is too much, or others wait already
   */
  boolean take(int bytes) {
    return waiting.isEmpty() && takeNext(bytes);
  }

  /** As {@link #take}, for the one that has waited longest. */
  boolean takeNext(int bytes) {
    if (writing > 0 && writing + bytes > half) {
      return false;
    }
    writing += bytes;
    return true;
  }

  /** Has a write that got nothing try again when others are done. */
  void await(Waiter write) {
    waiting.add(write);
  }

  /** Stops waiting. */
  void forget(Waiter write) {
    waiting.remove(write);
  }

  /** A write is done. */
  void wrote(int bytes) {
    writing -= bytes;
    while (!serving && !waiting.isEmpty()) {
      serving = true;
      Waiter next = waiting.poll();
      boolean served = next.tryAgain();
      serving = false;
      if (!served) {
        waiting.addFirst(next);
        return;
      }
    }
  }
}
