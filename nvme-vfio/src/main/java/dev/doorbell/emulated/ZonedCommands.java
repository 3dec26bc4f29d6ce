package dev.doorbell.emulated;

import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.ZoneRequest;
import dev.doorbell.emulated.zoned.Zones;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCommand;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The Zoned Namespace Command Set (revision 1.1, 3): Read, Write, Verify, Zone Append, Zone
 * Management Send and Receive. Shared by all I/O queues.
 *
 * <p>A write takes its blocks on the thread that rings the doorbell, so that appends go in the
 * order of their submission; its data is transferred there or by a worker. A durable write ends
 * after a commit that covers it and all earlier writes of its zone. A management action ends after
 * a commit.
 */
final class ZonedCommands {
  private final NvmCommands nvm;
  private final int maxTransferBytes;
  private final FeatureTable features;
  private final Engine engine;

  ZonedCommands(NvmCommands nvm, int maxTransferBytes, FeatureTable features, Engine engine) {
    this.nvm = nvm;
    this.maxTransferBytes = maxTransferBytes;
    this.features = features;
    this.engine = engine;
  }

  /** Executes a command other than Flush on a zoned namespace; as {@link CommandSet#execute}. */
  int execute(Command command, Namespace namespace, int opcode, ByteBuffer sqe, int at) {
    if (opcode == NvmOpcode.READ) {
      return read(command, namespace, sqe, at);
    }
    if (opcode == NvmOpcode.WRITE) {
      return write(command, namespace, false, sqe, at);
    }
    if (opcode == NvmOpcode.VERIFY) {
      return verify(command, namespace, sqe, at);
    }
    if (!engine.allCommandSets) {
      return Status.INVALID_OPCODE | Status.DNR;
    }
    return switch (opcode) {
      case ZoneCommand.APPEND -> write(command, namespace, true, sqe, at);
      case ZoneCommand.MANAGEMENT_SEND -> send(command, namespace, sqe, at);
      case ZoneCommand.MANAGEMENT_RECEIVE -> receive(command, namespace, sqe, at);
      default -> Status.INVALID_OPCODE | Status.DNR;
    };
  }

  private int read(Command command, Namespace namespace, ByteBuffer sqe, int at) {
    command.kind = Command.READ;
    command.durable = false;
    int cdw12 = SubmissionEntry.cdw(sqe, at, 12);
    int status = nvm.prepare(command, sqe, at, cdw12);
    if (status == Status.SUCCESS) {
      long lba = command.offset >>> namespace.blockExponent;
      status = namespace.zones.checkRead(lba, NvmOpcode.blocks(cdw12));
    }
    if (status != Status.SUCCESS) {
      return status;
    }
    status = namespace.store.tryRead(command.data, command.offset);
    if (status == BlockStore.WOULD_BLOCK) {
      return engine.dispatch(command);
    }
    if (status == Status.SUCCESS) {
      namespace.hideUnwritten(command.data, command.offset);
    }
    return status;
  }

  /** As a read of the same blocks, without a transfer. */
  private int verify(Command command, Namespace namespace, ByteBuffer sqe, int at) {
    int status = nvm.prepareRanges(command, sqe, at);
    if (status != Status.SUCCESS) {
      return status;
    }
    if (command.work != RangeWork.VERIFY) {
      // The entry is the host's memory, and has changed since the first look at it.
      return Status.INVALID_FIELD | Status.DNR;
    }
    long lba = command.offset >>> namespace.blockExponent;
    int blocks = (int) (command.ranges.bytes() >>> namespace.blockExponent);
    status = namespace.zones.checkRead(lba, blocks);
    return status == Status.SUCCESS ? engine.dispatch(command) : status;
  }

  private int write(Command command, Namespace namespace, boolean append, ByteBuffer sqe, int at) {
    command.kind = Command.WRITE;
    command.namespace = namespace;
    int cdw12 = SubmissionEntry.cdw(sqe, at, 12);
    int limit = append ? namespace.zones.geometry().appendMaxBytes() : 0;
    if (limit > 0 && (long) NvmOpcode.blocks(cdw12) << namespace.blockExponent > limit) {
      command.offset = 0;
      return Status.INVALID_FIELD | Status.DNR;
    }
    int status = nvm.prepare(command, sqe, at, cdw12);
    if (status != Status.SUCCESS) {
      return status;
    }
    if (namespace.readOnly) {
      return Status.NAMESPACE_WRITE_PROTECTED | Status.DNR;
    }
    long lba = command.offset >>> namespace.blockExponent;
    int blocks = NvmOpcode.blocks(cdw12);
    ZonedWork work = work(command);
    if (append) {
      work.append(lba, blocks);
    } else {
      work.write(lba, blocks);
    }
    command.durable = (cdw12 & NvmOpcode.CDW12_FUA) != 0 || !features.writeCacheEnabled();
    status = namespace.zones.begin(work);
    if (status != Status.SUCCESS) {
      return status == Zones.DEFERRED ? deferred(work) : status;
    }
    locate(work);
    status = namespace.store.tryWrite(command.data, command.offset);
    if (status == BlockStore.WOULD_BLOCK
        || status == Status.SUCCESS && command.durable && namespace.tryFlush() != Status.SUCCESS) {
      // Written twice if only the flush would wait: no store that is in use does that.
      work.step = ZonedWork.Step.TRANSFER;
      return engine.dispatch(command);
    }
    resume(ended(work, status, false), null);
    return status;
  }

  private static ZoneRequest ended(ZonedWork work, int status, boolean hold) {
    Zones zones = work.command.namespace.zones;
    return status == Status.SUCCESS ? zones.end(work, hold) : zones.fail(work);
  }

  private int send(Command command, Namespace namespace, ByteBuffer sqe, int at) {
    command.namespace = namespace;
    command.offset = 0;
    long lba = SubmissionEntry.cdw10and11(sqe, at);
    int cdw13 = SubmissionEntry.cdw(sqe, at, 13);
    boolean all = ZoneCommand.selectAll(cdw13);
    ZoneAction action = ZoneAction.ofCode(ZoneCommand.sendAction(cdw13));
    ZoneGeometry geometry = namespace.zones.geometry();
    boolean extending = action == ZoneAction.SET_DESCRIPTOR_EXTENSION;
    if (action == null || extending && (all || geometry.extensionBytes() == 0)) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    if (!all && (lba < 0 || lba >= namespace.blocks)) {
      return Status.LBA_OUT_OF_RANGE | Status.DNR;
    }
    if (namespace.readOnly) {
      return Status.NAMESPACE_WRITE_PROTECTED | Status.DNR;
    }
    byte[] extension = null;
    if (extending) {
      int status = walk(command, sqe, at, geometry.extensionBytes());
      if (status != Status.SUCCESS) {
        return status;
      }
      extension = new byte[geometry.extensionBytes()];
      command.data.copyTo(extension);
    }
    command.durable = true;
    ZonedWork work = work(command);
    work.manage(action, lba, all, extension);
    int status = namespace.zones.begin(work);
    if (status == Zones.DEFERRED) {
      return deferred(work);
    }
    if (status == Status.SUCCESS && (namespace.zones.persistent() || work.resets())) {
      work.step = namespace.zones.persistent() ? ZonedWork.Step.COMMIT : ZonedWork.Step.RELEASE;
      return engine.dispatch(command);
    }
    restart(namespace.zones.finish(work));
    return status;
  }

  private int receive(Command command, Namespace namespace, ByteBuffer sqe, int at) {
    long lba = SubmissionEntry.cdw10and11(sqe, at);
    long bytes = ZoneCommand.bytes(SubmissionEntry.cdw(sqe, at, 12));
    int cdw13 = SubmissionEntry.cdw(sqe, at, 13);
    int action = ZoneCommand.receiveAction(cdw13);
    int filter = ZoneCommand.receiveFilter(cdw13);
    ZoneCondition only = ZoneCommand.filtered(filter);
    boolean extended = action == ZoneCommand.EXTENDED_REPORT;
    ZoneGeometry geometry = namespace.zones.geometry();
    if (lba < 0 || lba >= namespace.blocks) {
      return Status.LBA_OUT_OF_RANGE | Status.DNR;
    }
    if (bytes < ZoneDescriptor.HEADER_SIZE
        || bytes > maxTransferBytes
        || action != ZoneCommand.REPORT && !extended
        || extended && geometry.extensionBytes() == 0
        || only == null && filter != ZoneCommand.FILTER_ALL) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    int status = walk(command, sqe, at, (int) bytes);
    if (status == Status.SUCCESS) {
      ByteBuffer report = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
      namespace.zones.report(lba, only, extended, ZoneCommand.partial(cdw13), report);
      command.data.copyFrom(report, 0);
    }
    return status;
  }

  /** A turn on a worker. */
  void run(ZonedWork work) {
    Command command = work.command;
    Zones zones = command.namespace.zones;
    if (work.step == ZonedWork.Step.BEGIN) {
      if (command.queue.aborting()) {
        command.queue.completeLater(command, Status.ABORTED_SQ_DELETION);
        return;
      }
      int status = zones.begin(work);
      if (status == Zones.DEFERRED) {
        return;
      }
      if (status != Status.SUCCESS) {
        if (!work.writes()) {
          restart(zones.finish(work));
        }
        command.queue.completeLater(command, status);
        return;
      }
      if (work.writes()) {
        locate(work);
      }
      work.step = work.writes() ? ZonedWork.Step.TRANSFER : ZonedWork.Step.COMMIT;
    }
    switch (work.step) {
      case TRANSFER -> transfer(work);
      case RELEASE -> release(work);
      case REFUSED -> synced(work, work.status());
      default -> command.namespace.syncs.join(command);
    }
  }

  private void transfer(ZonedWork work) {
    Command command = work.command;
    int status =
        command.queue.aborting()
            ? Status.ABORTED_SQ_DELETION
            : command.namespace.transfer(Command.WRITE, command.data, command.offset);
    boolean hold = status == Status.SUCCESS && command.durable;
    if (hold) {
      // Before it ends: from then on another worker may go on with it.
      work.step = ZonedWork.Step.COMMIT;
    }
    ZoneRequest released = ended(work, status, hold);
    if (resume(released, work)) {
      command.namespace.syncs.join(command);
    } else if (!hold) {
      command.queue.completeLater(command, status);
    }
  }

  /** All of the work on this thread, in manual mode: nothing else is under way. */
  int runNow(ZonedWork work) {
    Namespace namespace = work.command.namespace;
    if (work.writes()) {
      int status = namespace.transfer(Command.WRITE, work.command.data, work.command.offset);
      ended(work, status, false);
      return status == Status.SUCCESS && work.command.durable ? namespace.flush() : status;
    }
    int status = namespace.flush();
    if (status == Status.SUCCESS && work.resets()) {
      namespace.releaseEmptied(work);
    }
    namespace.zones.finish(work);
    return status;
  }

  /**
   * Gives the space of a reset back, and ends it. Between its commit, so that a crash cannot find
   * the zone full and its data gone, and its finish, for which the next write of the zone waits.
   */
  private void release(ZonedWork work) {
    work.command.namespace.releaseEmptied(work);
    restart(work.command.namespace.zones.finish(work));
    work.command.queue.completeLater(work.command, Status.SUCCESS);
  }

  /** After a commit. */
  void synced(ZonedWork work, int status) {
    if (status == Status.SUCCESS && work.resets()) {
      // By another turn: the thread of a sync has the rest of its group to go on with.
      work.step = ZonedWork.Step.RELEASE;
      engine.pool.submit(work.command);
      return;
    }
    if (!work.writes()) {
      restart(work.command.namespace.zones.finish(work));
    }
    work.command.queue.completeLater(work.command, status);
  }

  /**
   * Lets requests go on that waited for a write to end: by workers, as this thread may hold the
   * lock of a queue, under which it must neither wait nor take that of another.
   *
   * @param self left to the caller
   * @return whether {@code self} is among them
   */
  private boolean resume(ZoneRequest chain, ZonedWork self) {
    boolean found = false;
    ZoneRequest next = chain;
    while (next != null) {
      ZonedWork work = (ZonedWork) next;
      next = work.unlink();
      if (work == self) {
        found = true;
      } else {
        boolean refused = !work.writes() && work.status() != Status.SUCCESS;
        work.step = refused ? ZonedWork.Step.REFUSED : ZonedWork.Step.COMMIT;
        engine.pool.submit(work.command);
      }
    }
    return found;
  }

  /** Lets requests begin again that waited for a management action. */
  private void restart(ZoneRequest chain) {
    ZoneRequest next = chain;
    while (next != null) {
      ZonedWork work = (ZonedWork) next;
      next = work.unlink();
      work.step = ZonedWork.Step.BEGIN;
      engine.pool.submit(work.command);
    }
  }

  private int deferred(ZonedWork work) {
    engine.workStarted();
    return CommandSet.PENDING;
  }

  /** Where a write that has begun goes is where its zone has put it. */
  private static void locate(ZonedWork work) {
    Command command = work.command;
    command.offset = work.lba() << command.namespace.blockExponent;
    // Dwords 0 and 1 of an append's completion; of a write's they mean nothing.
    command.result = work.lba();
  }

  private static int walk(Command command, ByteBuffer sqe, int at, int bytes) {
    return command.queue.prps.walk(
        SubmissionEntry.prp1(sqe, at), SubmissionEntry.prp2(sqe, at), bytes, command.data);
  }

  private ZonedWork work(Command command) {
    ZonedWork work = command.zoned;
    if (work == null) {
      work = new ZonedWork(command, this);
      command.zoned = work;
    }
    command.zonedAtWork = true;
    return work;
  }
}
