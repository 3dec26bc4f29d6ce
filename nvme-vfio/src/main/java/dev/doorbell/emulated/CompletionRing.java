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
  private int head;
  private int phase = 1;

  /** Completions the host has left no room for, oldest first. */
  private Command heldFirst;

  private Command heldLast;

  /** Where the host keeps the head, or null. */
  private ShadowDoorbell shadow;

  /** A feeder has stopped fetching because all its slots are taken. */
  private boolean starved;

  private boolean unsignalled;
  private boolean closed;

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

  /** A head doorbell write (3.1.25), from any thread. */
  void ringHead(int value) {
    boolean raise;
    synchronized (this) {
      if (closed || value < 0 || value >= entries || distance(value) > distance(tail)) {
        engine.invalidDoorbells.increment();
        return;
      }
      head = value;
      if (engine.manual() || heldFirst == null && !starved) {
        return;
      }
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
    if (heldFirst != null || full()) {
      hold(command);
    } else {
      post(command);
    }
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
    CompletionEntry.write(
        region.buffer,
        base + tail * CompletionEntry.SIZE,
        command.result,
        command.queue.head(),
        command.queue.id,
        command.cid,
        command.status,
        phase ^ phaseFlip);
    unsignalled = true;
    if (advance) {
      advance();
    }
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
    int value = shadow.armAndLook(head);
    if (value < 0 || value >= entries || distance(value) > distance(tail)) {
      engine.invalidDoorbells.increment();
      return false;
    }
    boolean moved = value != head;
    head = value;
    return moved;
  }

  /** Takes the head from the host's memory from here on; null: from the register. */
  synchronized void shadow(ShadowDoorbell doorbell) {
    shadow = doorbell;
    if (doorbell != null) {
      doorbell.begin();
    }
  }

  private int distance(int position) {
    int d = position - head;
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
      CompletionEntry.write(
          region.buffer,
          base + tail * CompletionEntry.SIZE,
          command.result,
          queue.head(),
          queue.id,
          command.cid,
          command.status,
          phase);
      advance();
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
