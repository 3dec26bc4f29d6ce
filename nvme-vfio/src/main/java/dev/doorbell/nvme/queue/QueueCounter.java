package dev.doorbell.nvme.queue;

/** What a queue pair counts. The order is the id: new counters go to the end. */
public enum QueueCounter {
  /** Commands posted to the submission queue. */
  SUBMITTED,
  /** Commands whose completion was handed to its owner. */
  COMPLETED,
  /** Completions that carried an error status. */
  COMPLETION_ERRORS,
  /** Reads and writes whose buffer went straight into PRPs. */
  ALIGNED_ACCESSES,
  /** Reads and writes that went through a bounce buffer. */
  UNALIGNED_ACCESSES,
  /** Writes to the submission queue's tail doorbell. */
  SUBMISSION_DOORBELLS,
  /** Writes to the completion queue's head doorbell. */
  COMPLETION_DOORBELLS,
  /** Completions whose command identifier named no outstanding command. */
  UNKNOWN_COMPLETIONS,
  /** Commands that had to wait for a free slot. */
  SLOT_WAITS,
  /** Polls that found at least one completion. */
  POLL_HITS,
  /** Polls that found none while commands were outstanding. */
  POLL_MISSES,
  /** Commands the controller had when it was reset or lost, ended as {@link HostStatus} says. */
  OUTCOME_UNKNOWN;

  private static final QueueCounter[] VALUES = values();

  static int count() {
    return VALUES.length;
  }
}
