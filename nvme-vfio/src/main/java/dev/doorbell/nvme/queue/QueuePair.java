package dev.doorbell.nvme.queue;

import static dev.doorbell.nvme.queue.QueueCounter.COMPLETED;
import static dev.doorbell.nvme.queue.QueueCounter.COMPLETION_DOORBELLS;
import static dev.doorbell.nvme.queue.QueueCounter.COMPLETION_ERRORS;
import static dev.doorbell.nvme.queue.QueueCounter.OUTCOME_UNKNOWN;
import static dev.doorbell.nvme.queue.QueueCounter.POLL_HITS;
import static dev.doorbell.nvme.queue.QueueCounter.POLL_MISSES;
import static dev.doorbell.nvme.queue.QueueCounter.SLOT_WAITS;
import static dev.doorbell.nvme.queue.QueueCounter.SUBMISSION_DOORBELLS;
import static dev.doorbell.nvme.queue.QueueCounter.SUBMITTED;
import static dev.doorbell.nvme.queue.QueueCounter.UNKNOWN_COMPLETIONS;

import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;

/**
 * A submission queue and its completion queue (NVMe Base 1.4, 4.1), driven by one thread.
 *
 * <p>{@link #submit} posts a command, or lets it wait in order while no slot is free. While
 * plugged, posts are not announced; the last {@link #unplug} rings the doorbell once for all of
 * them. {@link #poll} hands completions to their commands, rings the completion doorbell once per
 * drain, and posts what waited. A command's {@code completed} may submit, plug and poll again.
 *
 * <p>Every method is for the owner thread, except {@link #counters}, {@link #inflight} and {@link
 * #waiting}, which any thread may read. Takes no lock and allocates nothing.
 */
public final class QueuePair {
  /** A phase that no entry has. */
  private static final int NO_PHASE = 2;

  private enum State {
    RUNNING,
    /** The controller is being reset: nothing is posted or rung, what is submitted waits. */
    STOPPED,
    /** The controller is lost: what is submitted ends at the next poll. */
    DEAD,
    /** Nothing may be submitted. */
    CLOSED
  }

  private final QueueMemory memory;
  private final ByteBuffer ring;
  private final int submissionOffset;
  private final int completionOffset;
  private final int entries;
  private final Doorbell submissionDoorbell;
  private final Doorbell completionDoorbell;
  private final int acknowledgeAt;
  private final PrpBuilder prps;
  private final CommandSlots slots;
  private final TickClock clock;
  private final CommandList waiting = new CommandList();
  private final QueueCounters counters = new QueueCounters();
  private volatile Thread owner = Thread.currentThread();

  // Hot: written by every command or poll.
  private int tail;
  private int rungTail;
  private int head;
  private int rungHead;
  private int phase = 1;
  private int plugged;
  private State state = State.RUNNING;

  /** As the other one, ringing the head after every drain. */
  public QueuePair(QueueMemory memory, Doorbell submissionDoorbell, Doorbell completionDoorbell) {
    this(memory, submissionDoorbell, completionDoorbell, false, new TickClock());
  }

  /**
   * @param memory rings and PRP lists, mapped, zeroed
   * @param submissionDoorbell the tail doorbell of the submission queue
   * @param completionDoorbell the head doorbell of the completion queue
   * @param lazyHead whether to ring it only when half of the completion queue is taken, instead of
   *     after every drain: for a queue without interrupts, where the controller has no other use
   *     for the head than to know what room there is
   * @param clock that {@link #overdue} goes by
   */
  public QueuePair(
      QueueMemory memory,
      Doorbell submissionDoorbell,
      Doorbell completionDoorbell,
      boolean lazyHead,
      TickClock clock) {
    this.memory = memory;
    this.ring = memory.buffer();
    this.submissionOffset = memory.submissionOffset();
    this.completionOffset = memory.completionOffset();
    this.entries = memory.entries();
    this.submissionDoorbell = submissionDoorbell;
    this.completionDoorbell = completionDoorbell;
    // Never all: the controller always has room for one more completion.
    this.acknowledgeAt = lazyHead ? Math.max(1, entries / 2) : 1;
    this.prps = memory.newPrpBuilder();
    this.slots = new CommandSlots(entries);
    this.clock = clock;
  }

  /** Hands the queue pair to {@code thread}; called by the old owner, or before first use. */
  public void setOwner(Thread thread) {
    owner = thread;
  }

  /**
   * Posts a command, or appends it to those that wait for a slot. Unless plugged, the doorbell is
   * rung at once.
   *
   * @throws IllegalArgumentException if its memory cannot be expressed in PRPs: a segment
   *     misaligned, or more pages than the queue's lists hold
   * @throws IllegalStateException if the queue is closed
   */
  public void submit(Command command) {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    assert !command.submitted : "the command is still outstanding";
    if (!prps.accepts(command)) {
      throw prps.refusal(command, memory.maxTransfer());
    }
    // Whoever waits goes first, also before a command that a completion just submitted.
    if (waiting.first != null || !slots.anyFree() || state != State.RUNNING) {
      submitLater(command);
      return;
    }
    command.submitted = true;
    post(command);
    if (plugged == 0) {
      ringSubmission();
    }
  }

  /**
   * Posts two commands that the controller executes as one (6.2), next to each other and under one
   * doorbell; or appends both to those that wait.
   *
   * @param first with {@link NvmOpcode#FUSE_FIRST} in its opcode
   * @param second with {@link NvmOpcode#FUSE_SECOND}
   * @throws IllegalArgumentException as {@link #submit} does, or if the queue has only one slot
   */
  public void submitFused(Command first, Command second) {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    if (slots.count() < 2) {
      throw new IllegalArgumentException("a queue of " + entries + " entries has no two slots");
    }
    if (!prps.accepts(first) || !prps.accepts(second)) {
      throw prps.refusal(prps.accepts(first) ? second : first, memory.maxTransfer());
    }
    if (waiting.first != null || slots.count() - slots.inUse() < 2 || state != State.RUNNING) {
      submitLater(first);
      submitLater(second);
      return;
    }
    first.submitted = true;
    second.submitted = true;
    post(first);
    post(second);
    if (plugged == 0) {
      ringSubmission();
    }
  }

  /** Holds back the doorbell until the matching {@link #unplug}; nests. */
  public void plug() {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    plugged++;
  }

  /** Ends a {@link #plug}; the outermost one announces all commands posted since. */
  public void unplug() {
    assert plugged > 0 : "unplug without plug";
    if (--plugged == 0) {
      ringSubmission();
    }
  }

  /**
   * Completes what the controller has finished, up to one turn of the ring.
   *
   * <p>May be called again from within a completion: the inner call goes on where the outer one is.
   *
   * @return how many completion entries were taken
   */
  public int poll() {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    int taken = 0;
    plugged++;
    try {
      while (taken < entries) {
        int offset = completionOffset + head * CompletionEntry.SIZE;
        // Acquire: the entry's other dwords and the data of a read are not loaded before this.
        int dw3 = CompletionEntry.dw3Acquire(ring, offset);
        if (CompletionEntry.phase(dw3) != phase) {
          break;
        }
        long result = CompletionEntry.result64(ring, offset);
        if (++head == entries) {
          head = 0;
          phase ^= 1;
        }
        taken++;
        complete(dw3, result);
      }
    } finally {
      // Also when a completion threw: a queue that stayed plugged would be dead without a word.
      endPoll(taken);
    }
    return taken == 0 && state == State.DEAD ? endWaiting(0, true) : taken;
  }

  /** Whether {@link #poll} would find something now; one load, for spinning. */
  public boolean hasCompletion() {
    int offset = completionOffset + head * CompletionEntry.SIZE;
    return CompletionEntry.phase(CompletionEntry.dw3Acquire(ring, offset)) == phase
        || state == State.DEAD && waiting.first != null;
  }

  /**
   * The controller is about to be reset: from here on nothing is posted and no doorbell rung.
   * Completions are still taken, as every one of them is a command whose outcome is known.
   */
  public void stop() {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    if (state == State.RUNNING) {
      state = State.STOPPED;
      rungTail = tail;
    }
  }

  /**
   * Ends every command that is outstanding with {@code status} and empties the rings. Only when
   * stopped, and once the controller can no longer touch the memory of the queue or of the
   * commands. Those that wait go on waiting. The identifiers move on, so that no completion of
   * before can name a command of after.
   */
  public void abandon(int status) {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    assert state != State.RUNNING : "the queue pair is in use";
    RuntimeException failure = null;
    try {
      poll();
    } catch (RuntimeException e) {
      failure = e;
    }
    for (int slot = 0; slot < slots.count(); slot++) {
      Command command = slots.releaseSlot(slot);
      if (command != null) {
        counters.increment(OUTCOME_UNKNOWN);
        command.submitted = false;
        try {
          command.completed(status, 0);
        } catch (RuntimeException e) {
          failure = e;
        }
      }
    }
    memory.clearRings();
    tail = 0;
    rungTail = 0;
    head = 0;
    rungHead = 0;
    phase = 1;
    if (failure != null) {
      throw failure;
    }
  }

  /** The controller has the queues again: posts what waits. */
  public void resume() {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    if (state == State.STOPPED) {
      state = State.RUNNING;
      postWaiting();
      if (plugged == 0) {
        ringSubmission();
      }
    }
  }

  /**
   * Ends what waits for a namespace with {@link HostStatus#NOT_SENT}: it was made for what the
   * namespace is no longer. Only when stopped.
   */
  public void endWaiting(int nsid) {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    assert state == State.STOPPED : "the queue pair is in use";
    endWaiting(nsid, false);
  }

  /**
   * The controller is lost: what waits, and what is submitted from now on, ends at the next poll
   * with {@link HostStatus#NOT_SENT}. Only when stopped and abandoned.
   */
  public void die() {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    if (state == State.STOPPED) {
      state = State.DEAD;
      phase = NO_PHASE;
    }
  }

  /**
   * The identifier of the command outstanding longest if it was posted {@code limit} ticks ago or
   * before, else -1. Poll first: what is completed and not taken is not late.
   */
  public int overdue(int limit) {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    int slot = slots.inUse() == 0 ? -1 : slots.oldest();
    return slot >= 0 && clock.now() - slots.postedAt(slot) >= limit ? slots.cid(slot) : -1;
  }

  /**
   * Ends every command that is outstanding or waiting with {@code status} and refuses new ones.
   * Only once the controller can no longer touch the memory of the queue or of the commands. All
   * are ended even if one throws, which is thrown on at the end.
   */
  public void close(int status) {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    state = State.CLOSED;
    // No doorbell from here on, and no completion: the registers may be gone.
    rungTail = tail;
    rungHead = head;
    phase = NO_PHASE;
    RuntimeException failure = null;
    for (Command c = takeAny(); c != null; c = takeAny()) {
      c.submitted = false;
      try {
        c.completed(status, 0);
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** The identifier of a command that is outstanding, or -1. */
  public int cid(Command command) {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    return slots.cidOf(command);
  }

  /** Whether nothing may be submitted any more. */
  boolean closed() {
    return state == State.CLOSED;
  }

  /** Commands posted and not completed; an estimate when read by another thread. */
  public int inflight() {
    return slots.inUse();
  }

  /** Commands waiting for a slot; an estimate when read by another thread. */
  public int waiting() {
    return waiting.count();
  }

  /** Entries of each queue; one less may be outstanding. */
  public int entries() {
    return entries;
  }

  public QueueCounters counters() {
    return counters;
  }

  public QueueMemory memory() {
    return memory;
  }

  private void endPoll(int taken) {
    if (taken > 0) {
      counters.increment(POLL_HITS);
      if (state == State.RUNNING && untold() >= acknowledgeAt) {
        // The entries have been read: the controller may use them again.
        rungHead = head;
        completionDoorbell.ring(head);
        counters.increment(COMPLETION_DOORBELLS);
      }
      postWaiting();
    } else if (slots.inUse() > 0) {
      counters.increment(POLL_MISSES);
    }
    unplug();
  }

  /** Ends those that wait now, in vain; each may submit again, which then waits for its turn. */
  private int endWaiting(int nsid, boolean all) {
    int ended = 0;
    // No more than wait now: a poll from within a completion may end them first.
    for (int left = waiting.count(); left > 0 && waiting.first != null; left--) {
      Command command = waiting.take();
      if (all || command.nsid == nsid) {
        ended++;
        command.submitted = false;
        command.completed(HostStatus.NOT_SENT, 0);
      } else {
        waiting.append(command);
      }
    }
    return ended;
  }

  /** Entries taken that the controller does not know about. */
  private int untold() {
    int count = head - rungHead;
    return count < 0 ? count + entries : count;
  }

  private void complete(int dw3, long result) {
    Command command = slots.release(CompletionEntry.cid(dw3));
    if (command == null) {
      counters.increment(UNKNOWN_COMPLETIONS);
      return;
    }
    int status = CompletionEntry.status(dw3);
    counters.increment(COMPLETED);
    if (Status.isError(status)) {
      counters.increment(COMPLETION_ERRORS);
    } else {
      // More and the retry delay may be set with success as well; callers compare with 0.
      status = Status.SUCCESS;
    }
    command.submitted = false;
    command.completed(status, result);
  }

  private void post(Command command) {
    int slot = slots.take(command);
    int cid = slots.cid(slot);
    command.postedAt = clock.now();
    prps.build(slot, command);
    SubmissionEntry.write(
        ring,
        submissionOffset + tail * SubmissionEntry.SIZE,
        command.opcode,
        cid,
        command.nsid,
        prps.prp1(),
        prps.prp2(),
        command.cdw10and11,
        command.cdw12and13,
        command.cdw14and15);
    if (++tail == entries) {
      tail = 0;
    }
    counters.increment(SUBMITTED);
  }

  private void ringSubmission() {
    if (rungTail != tail) {
      rungTail = tail;
      // The ring has release order: the controller finds the entries written.
      submissionDoorbell.ring(tail);
      counters.increment(SUBMISSION_DOORBELLS);
    }
  }

  private void submitLater(Command command) {
    if (state == State.CLOSED) {
      throw new IllegalStateException("the queue pair is closed");
    }
    command.submitted = true;
    counters.increment(SLOT_WAITS);
    waiting.append(command);
  }

  private void postWaiting() {
    while (waiting.first != null
        && slots.anyFree()
        && !waitsForTwoSlots(waiting.first)
        && state == State.RUNNING) {
      post(waiting.take());
    }
  }

  /** The second of two fused commands follows the first in the list: no doorbell parts them. */
  private boolean waitsForTwoSlots(Command command) {
    return (command.opcode & NvmOpcode.FUSE_FIRST) != 0 && slots.count() - slots.inUse() < 2;
  }

  private Command takeAny() {
    Command outstanding = slots.releaseAny();
    return outstanding != null ? outstanding : waiting.take();
  }
}
