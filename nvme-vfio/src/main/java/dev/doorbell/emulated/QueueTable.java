package dev.doorbell.emulated;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The queues that exist, by identifier; 0 are the admin queues.
 *
 * <p>Written under the lock of the admin queue, or of the life cycle while there is none; read by
 * every doorbell without a lock.
 */
final class QueueTable {
  private final AtomicReferenceArray<SubmissionRing> submissions;
  private final AtomicReferenceArray<CompletionRing> completions;
  private final SubmissionRing.Totals deleted = new SubmissionRing.Totals();

  /**
   * @param pairs I/O queue pairs at most
   */
  QueueTable(int pairs) {
    submissions = new AtomicReferenceArray<>(pairs + 1);
    completions = new AtomicReferenceArray<>(pairs + 1);
  }

  /** The submission queue, or null if there is none or {@code qid} is out of range. */
  SubmissionRing submission(int qid) {
    return qid < submissions.length() ? submissions.getAcquire(qid) : null;
  }

  CompletionRing completion(int qid) {
    return qid < completions.length() ? completions.getAcquire(qid) : null;
  }

  /** Queue identifiers are below this. */
  int limit() {
    return submissions.length();
  }

  void add(CompletionRing ring) {
    completions.setRelease(ring.id, ring);
  }

  void add(SubmissionRing ring) {
    ring.completions.add(ring);
    submissions.setRelease(ring.id, ring);
  }

  void removeCompletion(CompletionRing ring) {
    ring.close();
    completions.setRelease(ring.id, null);
  }

  /** Takes out a queue none of whose commands is in flight. From any thread. */
  void removeSubmission(SubmissionRing ring) {
    ring.completions.remove(ring);
    // Against a reset that has emptied the table, and perhaps filled it again, meanwhile.
    if (submissions.compareAndSet(ring.id, ring, null)) {
      synchronized (deleted) {
        ring.addTo(deleted);
      }
    }
  }

  boolean hasIoQueues() {
    for (int i = 1; i < completions.length(); i++) {
      if (completions.getAcquire(i) != null || submissions.getAcquire(i) != null) {
        return true;
      }
    }
    return false;
  }

  /** Stops and forgets all queues: returns when no thread fetches or posts any more. */
  void closeAll() {
    // The admin queue first: it makes and deletes the others.
    for (int i = 0; i < completions.length(); i++) {
      CompletionRing ring = completions.getAcquire(i);
      if (ring != null) {
        ring.close();
      }
    }
    for (int i = 0; i < completions.length(); i++) {
      SubmissionRing ring = submissions.getAndSet(i, null);
      // Not the admin queue: it counts no I/O, and its lock comes before that of the sums.
      if (ring != null && i > 0) {
        synchronized (deleted) {
          ring.addTo(deleted);
        }
      }
      completions.setRelease(i, null);
    }
  }

  /** Sums over the I/O queues, those that are gone included. */
  SubmissionRing.Totals totals() {
    SubmissionRing.Totals totals = new SubmissionRing.Totals();
    synchronized (deleted) {
      totals.readCommands += deleted.readCommands;
      totals.writeCommands += deleted.writeCommands;
      totals.bytesRead += deleted.bytesRead;
      totals.bytesWritten += deleted.bytesWritten;
    }
    for (int i = 1; i < submissions.length(); i++) {
      SubmissionRing ring = submissions.getAcquire(i);
      if (ring != null) {
        ring.addTo(totals);
      }
    }
    return totals;
  }
}
