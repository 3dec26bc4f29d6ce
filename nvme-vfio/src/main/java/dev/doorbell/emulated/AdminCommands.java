package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyZoned;
import dev.doorbell.nvme.spec.LogPage;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The admin command set (NVMe Base 1.4, 5). Guarded by the lock of the admin queue. */
final class AdminCommands implements CommandSet {
  private static final int MAX_SCRATCH = Identify.SIZE;

  private final IdentifyData identify;
  private final LogPages logs;
  private final FeatureTable features;
  private final QueueCommands queueCommands;
  private final QueueTable queues;
  private final NvmCommands nvm;
  private final int maxTransferBytes;
  private final ByteBuffer scratch =
      ByteBuffer.allocate(MAX_SCRATCH).order(ByteOrder.LITTLE_ENDIAN);
  private final byte[] zeros = new byte[MAX_SCRATCH];

  private final Events events;
  private final ShadowBuffers shadows;

  AdminCommands(
      IdentifyData identify,
      LogPages logs,
      FeatureTable features,
      QueueCommands queueCommands,
      QueueTable queues,
      NvmCommands nvm,
      Events events,
      ShadowBuffers shadows,
      int maxTransferBytes) {
    this.identify = identify;
    this.logs = logs;
    this.features = features;
    this.queueCommands = queueCommands;
    this.queues = queues;
    this.nvm = nvm;
    this.events = events;
    this.shadows = shadows;
    this.maxTransferBytes = maxTransferBytes;
  }

  /** At a controller reset. No admin queue exists meanwhile. */
  void reset() {
    events.reset();
    shadows.reset();
    features.reset();
  }

  @Override
  public int execute(Command command, ByteBuffer sqe, int at) {
    if (SubmissionEntry.fuse(sqe, at) != 0 || SubmissionEntry.dataPointerType(sqe, at) != 0) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    int cdw10 = SubmissionEntry.cdw(sqe, at, 10);
    int cdw11 = SubmissionEntry.cdw(sqe, at, 11);
    int nsid = SubmissionEntry.nsid(sqe, at);
    long prp1 = SubmissionEntry.prp1(sqe, at);
    return switch (SubmissionEntry.opcode(sqe, at)) {
      case AdminOpcode.DELETE_IO_SQ -> queueCommands.deleteSubmission(command, cdw10);
      case AdminOpcode.CREATE_IO_SQ -> queueCommands.createSubmission(command, prp1, cdw10, cdw11);
      case AdminOpcode.GET_LOG_PAGE -> getLogPage(command, sqe, at);
      case AdminOpcode.DELETE_IO_CQ -> queueCommands.deleteCompletion(cdw10);
      case AdminOpcode.CREATE_IO_CQ -> queueCommands.createCompletion(command, prp1, cdw10, cdw11);
      case AdminOpcode.IDENTIFY ->
          identify(
              command,
              Identify.cns(cdw10),
              IdentifyZoned.csi(cdw11),
              nsid,
              prp1,
              SubmissionEntry.prp2(sqe, at));
      case AdminOpcode.ABORT -> abort(command, cdw10);
      case AdminOpcode.SET_FEATURES -> setFeatures(command, cdw10, cdw11, nsid);
      case AdminOpcode.GET_FEATURES -> features.get(command, cdw10, cdw11, nsid);
      case AdminOpcode.ASYNC_EVENT_REQUEST -> events.await(command);
      case AdminOpcode.DOORBELL_BUFFER_CONFIG -> {
        long prp2 = SubmissionEntry.prp2(sqe, at);
        yield shadows.configure(command, prp1, prp2);
      }
      default -> Status.INVALID_OPCODE | Status.DNR;
    };
  }

  private int identify(Command command, int cns, int csi, int nsid, long prp1, long prp2) {
    scratch.put(0, zeros);
    int status = identify.fill(cns, csi, nsid, scratch);
    if (status == Status.SUCCESS) {
      status = command.queue.prps.walk(prp1, prp2, Identify.SIZE, command.data);
    }
    if (status == Status.SUCCESS) {
      command.data.copyFrom(scratch, 0);
    }
    return status;
  }

  /** Get Log Page (5.14). What is asked for beyond the end of the page reads as zeros. */
  private int getLogPage(Command command, ByteBuffer sqe, int at) {
    int cdw10 = SubmissionEntry.cdw(sqe, at, 10);
    int cdw11 = SubmissionEntry.cdw(sqe, at, 11);
    long offset =
        SubmissionEntry.cdw(sqe, at, 12) & 0xFFFFFFFFL
            | (long) SubmissionEntry.cdw(sqe, at, 13) << 32;
    int lid = LogPage.lid(cdw10);
    int size = LogPages.size(lid);
    if (size < 0) {
      return Status.INVALID_LOG_PAGE | Status.DNR;
    }
    long bytes = LogPage.bytes(cdw10, cdw11);
    if (bytes > maxTransferBytes || (offset & 3) != 0 || offset < 0 || offset > size) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    scratch.put(0, zeros);
    boolean retain = (cdw10 >>> 15 & 1) != 0;
    int status = logs.fill(lid, SubmissionEntry.nsid(sqe, at), retain, scratch);
    if (status == Status.SUCCESS) {
      status =
          command.queue.prps.walk(
              SubmissionEntry.prp1(sqe, at),
              SubmissionEntry.prp2(sqe, at),
              (int) bytes,
              command.data);
    }
    if (status == Status.SUCCESS) {
      command.data.copyFrom(scratch, (int) offset);
      if ((cdw10 & LogPage.CDW10_RETAIN_EVENT) == 0) {
        events.logPageRead(lid, command.queue);
      }
    }
    return status;
  }

  private int setFeatures(Command command, int cdw10, int cdw11, int nsid) {
    boolean wasCached = features.writeCacheEnabled();
    int status = features.set(command, cdw10, cdw11, nsid, queues.hasIoQueues());
    if (Feature.id(cdw10) == Feature.VOLATILE_WRITE_CACHE
        && status == Status.SUCCESS
        && wasCached
        && !features.writeCacheEnabled()) {
      // From now on what was written is durable: that must hold for what is in the cache, too.
      return nvm.flushAll(command);
    }
    if (Feature.id(cdw10) == Feature.ASYNC_EVENT_CONFIGURATION && nvm.anyChangedZones()) {
      // What power-on has made of zones: the host could not be told before.
      events.zonesChanged(command.queue);
    }
    return status;
  }

  /**
   * Abort (5.1): of requests that wait for events, and of commands that a fault keeps back; the
   * rest ends soon by itself.
   */
  private int abort(Command command, int cdw10) {
    int sqid = cdw10 & 0xFFFF;
    int cid = cdw10 >>> 16;
    // Dword 0, bit 0: not aborted.
    command.result = 1;
    if (command.queue.abortLate(sqid, cid)) {
      command.result = 0;
    } else if (sqid == 0 && events.abort(cid)) {
      command.queue.endRetained(cid, Status.ABORT_REQUESTED, 0);
      command.result = 0;
    }
    return Status.SUCCESS;
  }
}
