package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A submission queue, seen from the controller (NVMe Base 1.4, 4.1). Guarded by the monitor of its
 * completion queue.
 */
final class SubmissionRing {
  private static final Logger LOG = LoggerFactory.getLogger(SubmissionRing.class);

  final int id;
  final CompletionRing completions;
  final DmaWindow window;
  final PrpWalker prps;
  private final int entries;
  private final IommuRegion region;
  private final int base;
  private final CommandSet commands;
  private final Engine engine;
  private int head;
  private int tail;

  /** Slots not in use; the last one used is used next, while it is still in the cache. */
  private final Command[] free;

  private int freeCount;
  private int created;

  /** Commands that are with workers or wait for other work. */
  private int inFlight;

  /** The first of two fused commands, waiting for the second; or null. */
  Command fusedFirst;

  /** Where the host keeps the tail, or null. */
  private ShadowDoorbell shadow;

  private boolean closed;

  /** The Delete I/O Submission Queue that waits for the last of them. */
  private Command deletion;

  private QueueTable deletionTable;

  /** Work that has not begun is to be dropped: the queue goes away. */
  private volatile boolean aborting;

  private boolean failureReported;
  private long readCommands;
  private long writeCommands;
  private long bytesRead;
  private long bytesWritten;

  /**
   * @param region where the queue lies, from byte {@code base}, all {@code entries} in it
   */
  SubmissionRing(
      int id,
      int entries,
      IommuRegion region,
      int base,
      int pageSize,
      CompletionRing completions,
      CommandSet commands,
      Engine engine) {
    this.id = id;
    this.entries = entries;
    this.region = region;
    this.base = base;
    this.completions = completions;
    this.commands = commands;
    this.engine = engine;
    this.window = new DmaWindow(engine.iommu);
    this.prps = new PrpWalker(window, pageSize);
    this.free = new Command[entries];
  }

  /** Takes the tail from the host's memory from here on; null: from the register. */
  void shadow(ShadowDoorbell doorbell) {
    synchronized (completions) {
      shadow = doorbell;
      if (doorbell != null) {
        doorbell.begin();
      }
    }
  }

  /** A tail doorbell write (3.1.24), from any thread. */
  void ringTail(int value) {
    boolean raise;
    boolean lost;
    synchronized (completions) {
      if (closed || value < 0 || value >= entries) {
        engine.invalidDoorbells.increment();
        return;
      }
      // The register may have been written before a later step that only the shadow tells of.
      tail = shadow != null && shadow.mapped() ? inRange(shadow.value(), value) : value;
      if (engine.manual()) {
        return;
      }
      lost = queueMemoryLost();
      if (!lost) {
        process(Integer.MAX_VALUE);
      }
      raise = completions.takeUnsignalled();
    }
    if (raise) {
      completions.raise();
    }
    if (lost) {
      reportLost();
    }
  }

  /** Ends a command whose slot was freed while it waited for an event. Holds the lock. */
  void endRetained(int cid, int status, long result) {
    Command command = takeSlot();
    if (command == null) {
      // All slots are with commands at work: one to throw away.
      command = new Command(this);
    }
    command.cid = cid;
    command.kind = Command.OTHER;
    command.result = result;
    end(command, status);
  }

  /** Ends a command that was held. Holds the lock. */
  void endHeld(Command command, int status) {
    end(command, status);
  }

  /** Counts a held command as work of a worker, which will end it. Holds the lock. */
  void admitHeld() {
    inFlight++;
    engine.workStarted();
  }

  /** In manual mode: works off at most {@code limit} entries and returns how many. */
  int work(int limit) {
    int done;
    boolean raise;
    boolean lost;
    synchronized (completions) {
      if (closed) {
        return 0;
      }
      completions.postHeld();
      lost = queueMemoryLost();
      done = lost ? 0 : process(limit);
      raise = completions.takeUnsignalled();
    }
    if (raise) {
      completions.raise();
    }
    if (lost) {
      reportLost();
    }
    return done;
  }

  /**
   * Fetches and executes at most {@code limit} entries. Holds the lock.
   *
   * <p>In one piece with what {@link #ringTail} calls kept few, so that the compiler reaches the
   * stores of the completion within its depth of inlining.
   */
  int process(int limit) {
    if (closed || !region.mapped()) {
      return 0;
    }
    window.refresh();
    ByteBuffer ring = region.buffer;
    Faults faults = engine.faults;
    int done = 0;
    do {
      while (head != tail && done < limit) {
        Command command = takeSlot();
        if (command == null) {
          completions.starve();
          return done;
        }
        int at = base + head * SubmissionEntry.SIZE;
        head = head + 1 == entries ? 0 : head + 1;
        command.cid = SubmissionEntry.cid(ring, at);
        command.kind = Command.OTHER;
        command.result = 0;
        int status = faults == null ? Faults.NONE : faults.onFetch(this, command, ring, at);
        if (status == Faults.NONE) {
          status = execute(command, ring, at);
        }
        if (status >= 0) {
          end(command, status);
        } else if (status == CommandSet.PENDING) {
          inFlight++;
        } else if (status != CommandSet.HELD) {
          release(command);
        }
        done++;
      }
      // Not at rest before the host knows that it has to ring.
    } while (shadow != null && head == tail && done < limit && tailMoved());
    return done;
  }

  private int inRange(int shadowed, int rung) {
    return shadowed >= 0 && shadowed < entries ? shadowed : rung;
  }

  private boolean tailMoved() {
    if (!shadow.mapped()) {
      return false;
    }
    int value = shadow.armAndLook(tail);
    if (value < 0 || value >= entries) {
      engine.invalidDoorbells.increment();
      return false;
    }
    boolean moved = value != tail;
    tail = value;
    // What has come since may use memory that was mapped since.
    window.refresh();
    return moved;
  }

  /** Ends a command that was pending. From any thread, without a lock of an I/O queue. */
  void completeLater(Command command, int status) {
    boolean raise;
    boolean lost;
    Command deleted = null;
    synchronized (completions) {
      inFlight--;
      lost = !completions.mapped();
      if (!lost) {
        end(command, status);
        if (completions.starved() && !engine.manual()) {
          completions.resume();
        }
      }
      raise = completions.takeUnsignalled();
      if (inFlight == 0) {
        deleted = deletion;
        deletion = null;
      }
    }
    if (raise) {
      completions.raise();
    }
    if (deleted != null) {
      deletionTable.removeSubmission(this);
      deleted.queue.completeLater(deleted, Status.SUCCESS);
    }
    if (lost && !aborting) {
      reportLost();
    }
    engine.workEnded();
  }

  /**
   * Stops fetching, to delete the queue.
   *
   * @param command the delete, which ends once the last command in flight has
   * @return true if none is in flight; the caller then ends the delete itself
   */
  boolean closeForDeletion(Command command, QueueTable table) {
    synchronized (completions) {
      closed = true;
      aborting = true;
      if (inFlight == 0) {
        return true;
      }
      // The commands in flight count as work under way until they have found the deletion, so the
      // count cannot reach 0 in between.
      engine.workStarted();
      deletion = command;
      deletionTable = table;
      return false;
    }
  }

  void closeForReset() {
    closed = true;
    aborting = true;
  }

  boolean closing() {
    synchronized (completions) {
      return closed;
    }
  }

  boolean aborting() {
    return aborting;
  }

  /** Aborts a command of queue {@code qid} whose completion is late; false if there is none. */
  boolean abortLate(int qid, int cid) {
    return engine.injector.abort(qid, cid);
  }

  /** SQHD: the entry that is fetched next. */
  int head() {
    return head;
  }

  void release(Command command) {
    if (freeCount < free.length) {
      free[freeCount++] = command;
    }
  }

  void addTo(Totals totals) {
    synchronized (completions) {
      totals.readCommands += readCommands;
      totals.writeCommands += writeCommands;
      totals.bytesRead += bytesRead;
      totals.bytesWritten += bytesWritten;
    }
  }

  /** Sums over queues. */
  static final class Totals {
    long readCommands;
    long writeCommands;
    long bytesRead;
    long bytesWritten;
  }

  private int execute(Command command, ByteBuffer ring, int at) {
    try {
      return commands.execute(command, ring, at);
    } catch (RuntimeException e) {
      if (!failureReported) {
        // Once: what one command has met, others may meet by the thousand.
        failureReported = true;
        LOG.error("queue {}: command failed unexpectedly", id, e);
      }
      return Status.INTERNAL_ERROR;
    }
  }

  private void end(Command command, int status) {
    command.status = status;
    if (status == Status.SUCCESS) {
      if (command.kind == Command.READ) {
        readCommands++;
        bytesRead += command.data.bytes();
      } else if (command.kind == Command.WRITE) {
        writeCommands++;
        bytesWritten += command.data.bytes();
      }
    } else {
      boolean io = command.kind != Command.OTHER;
      Namespace namespace = io ? command.namespace : null;
      engine.errors.record(
          id,
          command.cid,
          status,
          namespace == null ? 0 : namespace.nsid,
          namespace == null ? 0 : command.offset >>> namespace.blockExponent);
    }
    completions.complete(command);
  }

  private Command takeSlot() {
    if (freeCount > 0) {
      return free[--freeCount];
    }
    if (created == entries) {
      return null;
    }
    created++;
    return new Command(this);
  }

  private boolean queueMemoryLost() {
    return !region.mapped() || !completions.mapped();
  }

  private void reportLost() {
    engine.fatal("memory of queue " + id + " was unmapped while in use");
  }
}
