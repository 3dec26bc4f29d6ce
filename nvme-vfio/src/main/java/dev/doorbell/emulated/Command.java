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

  final SubmissionRing queue;
  final ScatterList data = new ScatterList();

  int cid;
  int status;
  long result;

  /** {@link #READ}, {@link #WRITE}, {@link #FLUSH} or {@link #OTHER}. */
  int kind;

  Namespace namespace;

  /** Bytes from the start of the namespace. */
  long offset;

  /** A write that is durable when it completes. */
  boolean durable;

  /** For a flush of all namespaces: those still to come; null for a flush of one. */
  NvmCommands flushesOf;

  Command(SubmissionRing queue) {
    this.queue = queue;
  }

  /** Does the part that may wait, on a worker. */
  @Override
  void run() {
    if (queue.aborting()) {
      queue.completeLater(this, Status.ABORTED_SQ_DELETION);
      return;
    }
    int outcome = kind == FLUSH ? Status.SUCCESS : namespace.transfer(kind, data, offset);
    if (outcome == Status.SUCCESS && (kind == FLUSH || durable)) {
      namespace.syncs.join(this);
    } else {
      queue.completeLater(this, outcome);
    }
  }

  /** Does all of the work on this thread, in manual mode. */
  int runNow() {
    int outcome = kind == FLUSH ? Status.SUCCESS : namespace.transfer(kind, data, offset);
    if (outcome == Status.SUCCESS && (kind == FLUSH || durable)) {
      outcome = namespace.flush();
    }
    return outcome;
  }

  @Override
  void synced(int outcome) {
    if (flushesOf != null && flushesOf.continueFlush(this, outcome)) {
      return;
    }
    queue.completeLater(this, flushesOf == null ? outcome : status);
  }
}
