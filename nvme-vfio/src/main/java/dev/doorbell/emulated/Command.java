package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Status;

/**
 * A command at work: a reusable slot of its submission queue.
 *
 * <p>Owned by the thread that fetched it, under the lock of the queue, until it is handed to a
 * worker; then by the worker until it completes it.
 */
final class Command extends WorkItem {
  static final int OTHER = 0;
  static final int READ = 1;
  static final int WRITE = 2;
  static final int FLUSH = 3;

  /** Something is done to {@link #ranges}. */
  static final int RANGES = 4;

  final SubmissionRing queue;
  final ScatterList data = new ScatterList();
  final Ranges ranges = new Ranges();

  int cid;
  int status;
  long result;

  /** {@link #READ}, {@link #WRITE}, {@link #FLUSH}, {@link #RANGES} or {@link #OTHER}. */
  int kind;

  Namespace namespace;

  /** Bytes from the start of the namespace. */
  long offset;

  /** A write that is durable when it completes. */
  boolean durable;

  /** What a zoned namespace makes of this slot's commands; null until the first. */
  ZonedWork zoned;

  /** Whether that is what the slot is about now. */
  boolean zonedAtWork;

  /** For a flush of all namespaces: those still to come; null for a flush of one. */
  NvmCommands flushesOf;

  /** What is to become of its completion, or null: it is posted. */
  FaultRule fault;

  /** Of {@link #RANGES}: what. */
  RangeWork work;

  /** For the second of two fused commands, until it ends: the first. */
  Command fusedFirst;

  Command(SubmissionRing queue) {
    this.queue = queue;
  }

  /** Does the part that may wait, on a worker. */
  @Override
  void run() {
    if (zonedAtWork) {
      zoned.run();
      return;
    }
    if (queue.aborting()) {
      endFirst(Status.ABORTED_SQ_DELETION);
      queue.completeLater(this, Status.ABORTED_SQ_DELETION);
      return;
    }
    int outcome = perform();
    if (fusedFirst != null) {
      endFirst(fusedFirst.status);
    }
    if (outcome == Status.SUCCESS && (kind == FLUSH || durable)) {
      namespace.syncs.join(this);
    } else {
      queue.completeLater(this, outcome);
    }
  }

  /** Does all of the work on this thread, in manual mode. */
  int runNow() {
    if (zonedAtWork) {
      return zoned.runNow();
    }
    int outcome = perform();
    if (outcome == Status.SUCCESS && (kind == FLUSH || durable)) {
      outcome = namespace.flush();
    }
    return outcome;
  }

  private int perform() {
    return switch (kind) {
      case FLUSH -> Status.SUCCESS;
      case RANGES -> namespace.perform(this);
      default -> namespace.transfer(kind, data, offset);
    };
  }

  private void endFirst(int outcome) {
    Command first = fusedFirst;
    if (first != null) {
      fusedFirst = null;
      queue.completeLater(first, outcome);
    }
  }

  @Override
  void synced(int outcome) {
    if (zonedAtWork) {
      zoned.synced(outcome);
      return;
    }
    if (flushesOf != null && flushesOf.continueFlush(this, outcome)) {
      return;
    }
    queue.completeLater(this, flushesOf == null ? outcome : status);
  }
}
