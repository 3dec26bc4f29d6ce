package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.Status;

/**
 * The buffers that Doorbell Buffer Config names (NVMe Base 1.4, 5.8): one page of shadow doorbells,
 * one of EventIdx values, both laid out as the doorbell registers are. Guarded by the lock of the
 * admin queue.
 */
final class ShadowBuffers {
  private final QueueTable queues;
  private final int stride;
  private final boolean offered;
  private IommuRegion shadows;
  private int shadowsAt;
  private IommuRegion events;
  private int eventsAt;
  private int size;

  /**
   * @param stride bytes between two doorbells
   * @param offered whether there is the command at all
   */
  ShadowBuffers(QueueTable queues, int stride, boolean offered) {
    this.offered = offered;
    this.queues = queues;
    this.stride = stride;
  }

  /** At a controller reset. */
  void reset() {
    shadows = null;
    events = null;
  }

  /** Doorbell Buffer Config: for the queues there are, and those to come. */
  int configure(Command command, long shadowPage, long eventPage) {
    if (!offered) {
      return Status.INVALID_OPCODE | Status.DNR;
    }
    int pageSize = command.queue.prps.pageSize();
    if (((shadowPage | eventPage) & pageSize - 1) != 0) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    IommuRegion shadowRegion = command.queue.window.find(shadowPage, pageSize);
    IommuRegion eventRegion = command.queue.window.find(eventPage, pageSize);
    if (shadowRegion == null || eventRegion == null) {
      return Status.DATA_TRANSFER_ERROR | Status.DNR;
    }
    shadows = shadowRegion;
    shadowsAt = shadowRegion.offset(shadowPage);
    events = eventRegion;
    eventsAt = eventRegion.offset(eventPage);
    size = pageSize;
    for (int qid = 1; qid < queues.limit(); qid++) {
      CompletionRing completions = queues.completion(qid);
      if (completions != null) {
        completions.shadow(completion(qid));
      }
      SubmissionRing submissions = queues.submission(qid);
      if (submissions != null) {
        submissions.shadow(submission(qid));
      }
    }
    return Status.SUCCESS;
  }

  /** The place of a submission queue's tail, or null: the register alone counts. */
  ShadowDoorbell submission(int qid) {
    return at(ControllerRegisters.submissionDoorbell(qid, stride));
  }

  ShadowDoorbell completion(int qid) {
    return at(ControllerRegisters.completionDoorbell(qid, stride));
  }

  private ShadowDoorbell at(int register) {
    int offset = register - ControllerRegisters.DOORBELLS;
    return shadows == null || offset + Integer.BYTES > size
        ? null
        : new ShadowDoorbell(shadows, shadowsAt + offset, events, eventsAt + offset);
  }
}
