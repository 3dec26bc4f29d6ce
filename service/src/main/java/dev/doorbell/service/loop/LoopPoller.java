package dev.doorbell.service.loop;

import dev.doorbell.device.Interrupt;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueuePair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The queues of one event loop, and the work done once a turn.
 *
 * <p>Between turns the queues are plugged: what the sockets' handlers submit is announced by one
 * doorbell per queue, completions that come back at once are taken in the same turn, and what they
 * wrote to the sockets is flushed once. Belongs to the loop's thread, except for the counters,
 * which any thread may read.
 */
public final class LoopPoller {
  /** Rounds of doorbell, poll and flush in one turn, so that sockets are not starved. */
  private static final int MAX_ROUNDS = 8;

  /** Requests of a pass over the sockets that are answered before more are taken. */
  private static final int FIRST_GROUP = 4;

  private static final QueuePair[] NO_QUEUES = {};

  private final LoopCounters counters = new LoopCounters();
  private final List<Interrupt> interrupts = new ArrayList<>();
  private final List<Runnable> turnTasks = new ArrayList<>();
  private final List<Runnable> lastTasks = new ArrayList<>();
  private QueuePair[] queues = NO_QUEUES;
  private TurnFlushHandler[] flushes = new TurnFlushHandler[64];
  private int flushCount;
  private final LongSupplier nanoTime;
  private long now;
  private boolean asleep;
  private Runnable groupTurn = this::turn;
  private int group;
  private int leftOfGroup;
  private boolean turning;

  /** Whether nothing has been taken in this pass over the sockets. */
  private boolean first;

  /** A poller on the system's clock. */
  public LoopPoller() {
    this(System::nanoTime);
  }

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  LoopPoller(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.now = nanoTime.getAsLong();
  }

  /** Adds a queue that the calling thread owns from here on. */
  public void add(IoQueue queue, Interrupt interrupt) {
    queue.setOwner(Thread.currentThread());
    QueuePair pair = queue.pair();
    pair.plug();
    interrupt.mask();
    queues = Arrays.copyOf(queues, queues.length + 1);
    queues[queues.length - 1] = pair;
    interrupts.add(interrupt);
  }

  /** Lets go of all queues; nothing may be outstanding on them. */
  public void removeAll() {
    for (QueuePair pair : queues) {
      pair.unplug();
    }
    queues = NO_QUEUES;
    interrupts.clear();
    turnTasks.clear();
    lastTasks.clear();
  }

  /** Adds work to be done every turn, between polling and flushing; must be cheap when idle. */
  public void onTurn(Runnable task) {
    turnTasks.add(task);
  }

  /**
   * Adds work to be done every turn after that of {@link #onTurn}, right before the doorbells are
   * rung; must be cheap when idle.
   */
  public void beforeDoorbells(Runnable task) {
    lastTasks.add(task);
  }

  /**
   * {@link System#nanoTime} as of the latest round of this turn: good for latencies of commands,
   * without a clock read for each.
   */
  public long now() {
    if (asleep) {
      // The first to ask after the loop has slept: what it slept is nobody's latency.
      asleep = false;
      now = nanoTime.getAsLong();
    }
    return now;
  }

  public LoopCounters counters() {
    return counters;
  }

  /**
   * Rings, polls and flushes what was written, and repeats while that brings more: completions that
   * came back at once, or commands submitted because a write was done. Returns with nothing posted
   * and not rung, and nothing written and not flushed, unless it stopped for fairness' sake, which
   * it does only after completions.
   *
   * @return completions taken
   */
  int turn() {
    turning = true;
    try {
      return turnRounds();
    } finally {
      turning = false;
    }
  }

  private int turnRounds() {
    int total = 0;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      int taken = ringAndPoll();
      total += taken;
      if (taken == 0) {
        if (flushCount == 0) {
          return total;
        }
        flush();
      }
    }
    flush();
    return total;
  }

  private int ringAndPoll() {
    for (int i = 0; i < turnTasks.size(); i++) {
      turnTasks.get(i).run();
    }
    for (int i = 0; i < lastTasks.size(); i++) {
      lastTasks.get(i).run();
    }
    int taken = 0;
    for (QueuePair pair : queues) {
      pair.unplug();
    }
    try {
      if (anyCompletion()) {
        asleep = false;
        now = nanoTime.getAsLong();
        for (QueuePair pair : queues) {
          taken += pair.poll();
        }
      }
    } finally {
      for (QueuePair pair : queues) {
        pair.plug();
      }
    }
    return taken;
  }

  /** The time, read anew. */
  public long readClock() {
    return nanoTime.getAsLong();
  }

  /**
   * A request has been taken from a socket, and its commands submitted. The first few of a pass are
   * not left to wait for the rest: a turn in the middle of the pass sends their answers off, so
   * that the client works on them meanwhile; else the two take turns. Each such group is twice as
   * large as the one before, as many small turns are dear.
   */
  public void requestTaken() {
    first = false;
    if (--leftOfGroup == 0) {
      group *= 2;
      leftOfGroup = group;
      turnNow();
    }
  }

  /**
   * As {@link #requestTaken}, of one that a single command answers: the first of a pass is answered
   * at once, as its client may wait for nothing else.
   */
  public void readTaken() {
    if (first) {
      first = false;
      turnNow();
    } else {
      requestTaken();
    }
  }

  private void turnNow() {
    if (!turning) {
      groupTurn.run();
    }
  }

  /** How a turn in the middle of a pass is done, other than by {@link #turn} alone. */
  void setGroupTurn(Runnable turn) {
    groupTurn = turn;
  }

  private void beginGroups() {
    first = true;
    group = FIRST_GROUP;
    leftOfGroup = FIRST_GROUP;
  }

  /** A pass over the sockets begins that does not sleep. */
  void beginSockets() {
    beginGroups();
    asleep = false;
    now = nanoTime.getAsLong();
  }

  /** A pass over the sockets begins that may sleep first. */
  void beginSleep() {
    beginGroups();
    asleep = true;
  }

  /** Commands posted or waiting on this loop's queues. */
  boolean anyOutstanding() {
    for (QueuePair pair : queues) {
      if (pair.inflight() > 0 || pair.waiting() > 0) {
        return true;
      }
    }
    return false;
  }

  void unmaskInterrupts() {
    for (int i = 0; i < interrupts.size(); i++) {
      interrupts.get(i).unmask();
    }
  }

  void maskInterrupts() {
    for (int i = 0; i < interrupts.size(); i++) {
      interrupts.get(i).mask();
    }
  }

  void flushAtEndOfTurn(TurnFlushHandler handler) {
    if (flushCount == flushes.length) {
      flushes = Arrays.copyOf(flushes, 2 * flushCount);
    }
    flushes[flushCount++] = handler;
  }

  private boolean anyCompletion() {
    for (QueuePair pair : queues) {
      if (pair.hasCompletion()) {
        return true;
      }
    }
    return false;
  }

  private void flush() {
    // A flush may complete writes, whose listeners write again: those go to the end of the list.
    for (int i = 0; i < flushCount; i++) {
      TurnFlushHandler handler = flushes[i];
      flushes[i] = null;
      handler.flushNow();
    }
    flushCount = 0;
  }
}
