package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.QueueCommand;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;

/**
 * Creates and deletes I/O queues (NVMe Base 1.4, 5.3 to 5.6). Guarded by the lock of the admin
 * queue.
 */
final class QueueCommands {
  private final QueueTable queues;
  private final FeatureTable features;
  private final NvmCommands nvm;
  private final EmulatedInterrupt[] interrupts;
  private final int maxEntries;
  private final Engine engine;
  private final ShadowBuffers shadows;

  QueueCommands(
      QueueTable queues,
      FeatureTable features,
      NvmCommands nvm,
      EmulatedInterrupt[] interrupts,
      int maxEntries,
      ShadowBuffers shadows,
      Engine engine) {
    this.queues = queues;
    this.features = features;
    this.nvm = nvm;
    this.interrupts = interrupts;
    this.maxEntries = maxEntries;
    this.engine = engine;
    this.shadows = shadows;
  }

  int createCompletion(Command command, long prp1, int cdw10, int cdw11) {
    int qid = QueueCommand.qid(cdw10);
    if (qid == 0 || qid > features.completionQueues() || queues.completion(qid) != null) {
      return Status.INVALID_QUEUE_ID | Status.DNR;
    }
    int vector = QueueCommand.vector(cdw11);
    if (QueueCommand.interruptsEnabled(cdw11) && vector >= interrupts.length) {
      return Status.INVALID_INTERRUPT_VECTOR | Status.DNR;
    }
    int entries = QueueCommand.entries(cdw10);
    int status = checkRing(command, prp1, entries, QueueCommand.contiguous(cdw11));
    if (status != Status.SUCCESS) {
      return status;
    }
    IommuRegion region = command.queue.window.find(prp1, entries * CompletionEntry.SIZE);
    if (region == null) {
      return Status.DATA_TRANSFER_ERROR | Status.DNR;
    }
    EmulatedInterrupt interrupt = QueueCommand.interruptsEnabled(cdw11) ? interrupts[vector] : null;
    CompletionRing ring =
        new CompletionRing(qid, entries, region, region.offset(prp1), interrupt, engine);
    ring.shadow(shadows.completion(qid));
    queues.add(ring);
    return Status.SUCCESS;
  }

  int createSubmission(Command command, long prp1, int cdw10, int cdw11) {
    int qid = QueueCommand.qid(cdw10);
    if (qid == 0 || qid > features.submissionQueues() || queues.submission(qid) != null) {
      return Status.INVALID_QUEUE_ID | Status.DNR;
    }
    int completionQid = QueueCommand.completionQid(cdw11);
    if (completionQid == 0 || completionQid > features.completionQueues()) {
      return Status.INVALID_QUEUE_ID | Status.DNR;
    }
    CompletionRing completions = queues.completion(completionQid);
    if (completions == null) {
      return Status.COMPLETION_QUEUE_INVALID | Status.DNR;
    }
    int entries = QueueCommand.entries(cdw10);
    int status = checkRing(command, prp1, entries, QueueCommand.contiguous(cdw11));
    if (status != Status.SUCCESS) {
      return status;
    }
    IommuRegion region = command.queue.window.find(prp1, entries * SubmissionEntry.SIZE);
    if (region == null) {
      return Status.DATA_TRANSFER_ERROR | Status.DNR;
    }
    SubmissionRing ring =
        new SubmissionRing(
            qid,
            entries,
            region,
            region.offset(prp1),
            command.queue.prps.pageSize(),
            completions,
            nvm,
            engine);
    ring.shadow(shadows.submission(qid));
    queues.add(ring);
    return Status.SUCCESS;
  }

  int deleteSubmission(Command command, int cdw10) {
    int qid = QueueCommand.qid(cdw10);
    SubmissionRing ring = qid == 0 ? null : queues.submission(qid);
    if (ring == null || ring.closing()) {
      return Status.INVALID_QUEUE_ID | Status.DNR;
    }
    if (!ring.closeForDeletion(command, queues)) {
      return CommandSet.PENDING;
    }
    queues.removeSubmission(ring);
    return Status.SUCCESS;
  }

  int deleteCompletion(int cdw10) {
    int qid = QueueCommand.qid(cdw10);
    CompletionRing ring = qid == 0 ? null : queues.completion(qid);
    if (ring == null) {
      return Status.INVALID_QUEUE_ID | Status.DNR;
    }
    if (ring.hasFeeders()) {
      return Status.INVALID_QUEUE_DELETION | Status.DNR;
    }
    queues.removeCompletion(ring);
    return Status.SUCCESS;
  }

  private int checkRing(Command command, long prp1, int entries, boolean contiguous) {
    if (entries < 2 || entries > maxEntries) {
      return Status.INVALID_QUEUE_SIZE | Status.DNR;
    }
    // CAP.CQR is 1: queues must be contiguous.
    if (!contiguous) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    if ((prp1 & command.queue.prps.pageSize() - 1) != 0) {
      return Status.PRP_OFFSET_INVALID | Status.DNR;
    }
    return Status.SUCCESS;
  }
}
