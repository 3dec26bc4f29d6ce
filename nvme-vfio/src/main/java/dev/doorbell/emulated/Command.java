package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger LOG = LoggerFactory.getLogger(Command.class);

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
    int outcome = kind == FLUSH ? Status.SUCCESS : transfer();
    if (outcome == Status.SUCCESS && (kind == FLUSH || durable)) {
      namespace.syncs.join(this);
    } else {
      queue.completeLater(this, outcome);
    }
  }

  /** Does all of the work on this thread, in manual mode. */
  int runNow() {
    int outcome = kind == FLUSH ? Status.SUCCESS : transfer();
    if (outcome == Status.SUCCESS && (kind == FLUSH || durable)) {
      outcome = SyncGroup.flush(namespace.store);
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

  private int transfer() {
    try {
      return kind == READ
          ? namespace.store.read(data, offset)
          : namespace.store.write(data, offset);
    } catch (RuntimeException | Error e) {
      LOG.error("transfer failed unexpectedly", e);
      return Status.INTERNAL_ERROR;
    }
  }
}
