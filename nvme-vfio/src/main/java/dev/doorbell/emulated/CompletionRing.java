package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.CompletionEntry;
import java.util.ArrayList;
import java.util.List;

/**
 * A completion queue, seen from the controller (NVMe Base 1.4, 4.1).
 *
 * <p>Its monitor guards it and the submission queues that complete into it; it is taken once per
 * doorbell, or once per completion of a worker. Lock order: admin queue, then I/O queues; never two
 * I/O queues.
 */
final class CompletionRing {
  final int id;
  private final int entries;
  private final IommuRegion region;
  private final int base;
  private final EmulatedInterrupt interrupt;
  private final Engine engine;
  private final List<SubmissionRing> feeders = new ArrayList<>();
  private int tail;

  /** Where the host has read up to. Volatile: the host moves it without the lock. */
  private volatile int head;

  private int phase = 1;

  /** Completions the host has left no room for, oldest first. */
  private Command heldFirst;

  private Command heldLast;

  /** Where the host keeps the head, or null. */
  private ShadowDoorbell shadow;

  /** A feeder has stopped fetching because all its slots are taken. */
  private boolean starved;

  /**
   * Whether {@link #ringHead} has to look for what is held or starved. Whoever sets it looks at
   * {@link #head} again after that, and whoever moves the head looks at it after that: so one of
   * the two sees the other.
   */
  private volatile boolean headAwaited;

  private boolean unsignalled;
  private volatile boolean closed;

  /**
   * @param region where the queue lies, from byte {@code base}, all {@code entries} in it
   * @param interrupt null if interrupts are off (IEN 0)
   */
  CompletionRing(
      int id,
      int entries,
      IommuRegion region,
      int base,
      EmulatedInterrupt interrupt,
      Engine engine) {
    this.id = id;
    this.entries = entries;
    this.region = region;
    this.base = base;
    this.interrupt = interrupt;
    this.engine = engine;
  }

  /**
   * A head doorbell write (3.1.25), from any thread; one at a time, as for every register. Takes
   * the lock only if somebody waits for it.
   */
  void ringHead(int value) {
    int from = head;
    // The tail is at least what the host has seen: it moves before the entry is published.
    if (closed || value < 0 || value >= entries || distance(from, value) > distance(from, tail)) {
      engine.invalidDoorbells.increment();
      return;
    }
    head = value;
    if (!headAwaited || engine.manual()) {
      return;
    }
    boolean raise;
    synchronized (this) {
      resume();
      raise = takeUnsignalled();
    }
    if (raise) {
      raise();
    }
  }

  /** Ends a command: posts its completion or keeps it until there is room. Holds the lock. */
  void complete(Command command) {
    if (command.fault != null && engine.injector.onComplete(this, command)) {
      return;
    }
    if (heldFirst == null && !full()) {
      post(command);
      return;
    }
    hold(command);
    headAwaited = true;
    postHeld();
  }

  /** Ends a command whose completion was kept back by a fault. From any thread. */
  void completeLate(Command command) {
    boolean raise;
    synchronized (this) {
      if (closed || !mapped() || command.queue.aborting()) {
        return;
      }
      complete(command);
      if (starved && !engine.manual()) {
        resume();
      }
      raise = takeUnsignalled();
    }
    if (raise) {
      raise();
    }
  }

  /**
   * Writes a completion as a fault wants it, if there is room. Holds the lock.
   *
   * @param phaseFlip 1 to make the entry look old
   * @param advance whether the entry is then used up
   */
  void postCopy(Command command, int phaseFlip, boolean advance) {
    if (closed || full()) {
      return;
    }
    int at = tail;
    int tag = phase ^ phaseFlip;
    if (advance) {
      advance();
    }
    CompletionEntry.write(
        region.buffer,
        base + at * CompletionEntry.SIZE,
        command.result,
        command.queue.head(),
        command.queue.id,
        command.cid,
        command.status,
        tag);
    unsignalled = true;
  }

  /** Posts what was held and lets stopped feeders go on. Holds the lock. */
  void resume() {
    postHeld();
    if (starved) {
      starved = false;
      for (int i = 0; i < feeders.size(); i++) {
        feeders.get(i).process(Integer.MAX_VALUE);
      }
    }
  }

  void postHeld() {
    while (heldFirst != null && !full()) {
      Command command = heldFirst;
      heldFirst = (Command) command.next;
      command.next = null;
      post(command);
    }
    headAwaited = heldFirst != null || starved;
  }

  /** Whether completions were posted since the last call: then raise() is due. Holds the lock. */
  boolean takeUnsignalled() {
    boolean result = unsignalled;
    unsignalled = false;
    return result;
  }

  /** Raises the interrupt, if the queue has one. Without the lock: it may be a system call. */
  void raise() {
    if (interrupt != null) {
      interrupt.raise();
    }
  }

  void starve() {
    starved = true;
    headAwaited = true;
  }

  boolean starved() {
    return starved;
  }

  boolean mapped() {
    return region.mapped();
  }

  synchronized void add(SubmissionRing feeder) {
    feeders.add(feeder);
  }

  /** Takes a deleted submission queue out, with those of its completions that found no room. */
  synchronized void remove(SubmissionRing feeder) {
    feeders.remove(feeder);
    Command command = heldFirst;
    heldFirst = null;
    heldLast = null;
    while (command != null) {
      Command following = (Command) command.next;
      command.next = null;
      if (command.queue != feeder) {
        hold(command);
      }
      command = following;
    }
  }

  synchronized boolean hasFeeders() {
    return !feeders.isEmpty();
  }

  /** Nothing is posted or fetched from here on. */
  synchronized void close() {
    closed = true;
    heldFirst = null;
    heldLast = null;
    for (SubmissionRing feeder : feeders) {
      feeder.closeForReset();
    }
  }

  private boolean full() {
    int following = tail + 1 == entries ? 0 : tail + 1;
    return following == head && (shadow == null || !headMoved());
  }

  /** Asks the host to ring at its next step, and looks whether it has taken one already. */
  private boolean headMoved() {
    if (!shadow.mapped()) {
      return false;
    }
    int from = head;
    int value = shadow.armAndLook(from);
    if (value < 0 || value >= entries || distance(from, value) > distance(from, tail)) {
      engine.invalidDoorbells.increment();
      return false;
    }
    head = value;
    return value != from;
  }

  /** Takes the head from the host's memory from here on; null: from the register. */
  synchronized void shadow(ShadowDoorbell doorbell) {
    shadow = doorbell;
    if (doorbell != null) {
      doorbell.begin();
    }
  }

  private int distance(int from, int position) {
    int d = position - from;
    return d < 0 ? d + entries : d;
  }

  private void hold(Command command) {
    command.next = null;
    if (heldFirst == null) {
      heldFirst = command;
    } else {
      heldLast.next = command;
    }
    heldLast = command;
  }

  private void post(Command command) {
    SubmissionRing queue = command.queue;
    if (!closed) {
      int at = tail;
      int tag = phase;
      // First, for the host may ring for the entry as soon as it is there.
      advance();
      CompletionEntry.write(
          region.buffer,
          base + at * CompletionEntry.SIZE,
          command.result,
          queue.head(),
          queue.id,
          command.cid,
          command.status,
          tag);
      unsignalled = true;
    }
    queue.release(command);
  }

  private void advance() {
    tail++;
    if (tail == entries) {
      tail = 0;
      phase ^= 1;
    }
  }
}
