package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;

/** The NVM command set: Read, Write and Flush (NVMe Base 1.4, 6). Shared by all I/O queues. */
final class NvmCommands implements CommandSet {
  private final Namespace[] namespaces;
  private final int maxTransferBytes;
  private final FeatureTable features;
  private final Engine engine;

  NvmCommands(Namespace[] namespaces, int maxTransferBytes, FeatureTable features, Engine engine) {
    this.namespaces = namespaces;
    this.maxTransferBytes = maxTransferBytes;
    this.features = features;
    this.engine = engine;
  }

  @Override
  public int execute(Command command, ByteBuffer sqe, int at) {
    // Fused operations and SGLs are not supported (Identify Controller FUSES and SGLS are 0).
    if (SubmissionEntry.fuse(sqe, at) != 0 || SubmissionEntry.dataPointerType(sqe, at) != 0) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    return switch (SubmissionEntry.opcode(sqe, at)) {
      case NvmOpcode.READ -> read(command, sqe, at);
      case NvmOpcode.WRITE -> write(command, sqe, at);
      case NvmOpcode.FLUSH -> flush(command, SubmissionEntry.nsid(sqe, at));
      default -> Status.INVALID_OPCODE | Status.DNR;
    };
  }

  private int read(Command command, ByteBuffer sqe, int at) {
    command.kind = Command.READ;
    int status = prepare(command, sqe, at, SubmissionEntry.cdw(sqe, at, 12));
    if (status != Status.SUCCESS) {
      return status;
    }
    // FUA is met without more: a read is never answered from older data than a durable one.
    command.durable = false;
    status = command.namespace.store.tryRead(command.data, command.offset);
    return status == BlockStore.WOULD_BLOCK ? engine.dispatch(command) : status;
  }

  private int write(Command command, ByteBuffer sqe, int at) {
    command.kind = Command.WRITE;
    int cdw12 = SubmissionEntry.cdw(sqe, at, 12);
    int status = prepare(command, sqe, at, cdw12);
    if (status != Status.SUCCESS) {
      return status;
    }
    Namespace namespace = command.namespace;
    if (namespace.readOnly) {
      return Status.NAMESPACE_WRITE_PROTECTED | Status.DNR;
    }
    boolean durable = (cdw12 & NvmOpcode.CDW12_FUA) != 0 || !features.writeCacheEnabled();
    command.durable = durable;
    status = namespace.store.tryWrite(command.data, command.offset);
    if (durable && status == Status.SUCCESS) {
      status = namespace.store.tryFlush();
    }
    return status == BlockStore.WOULD_BLOCK ? engine.dispatch(command) : status;
  }

  /** Checks namespace, range and size of a Read or Write, and finds its memory. */
  private int prepare(Command command, ByteBuffer sqe, int at, int cdw12) {
    command.flushesOf = null;
    Namespace namespace = namespace(SubmissionEntry.nsid(sqe, at));
    command.namespace = namespace;
    command.offset = 0;
    if (namespace == null) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    long lba = SubmissionEntry.cdw10and11(sqe, at);
    int blocks = NvmOpcode.blocks(cdw12);
    // Written so that no sum can overflow: lba is any 64-bit value.
    if (lba < 0 || lba >= namespace.blocks || blocks > namespace.blocks - lba) {
      return Status.LBA_OUT_OF_RANGE | Status.DNR;
    }
    long bytes = (long) blocks << namespace.blockExponent;
    if (bytes > maxTransferBytes) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    command.offset = lba << namespace.blockExponent;
    return command.queue.prps.walk(
        SubmissionEntry.prp1(sqe, at), SubmissionEntry.prp2(sqe, at), (int) bytes, command.data);
  }

  private int flush(Command command, int nsid) {
    if (nsid == Identify.NSID_ALL) {
      return flushAll(command);
    }
    command.kind = Command.FLUSH;
    command.offset = 0;
    command.flushesOf = null;
    command.namespace = namespace(nsid);
    if (command.namespace == null) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    int status = command.namespace.store.tryFlush();
    return status == BlockStore.WOULD_BLOCK ? engine.dispatch(command) : status;
  }

  /** Flushes one namespace after the other; the first error is the result. */
  int flushAll(Command command) {
    command.kind = Command.FLUSH;
    command.offset = 0;
    command.status = Status.SUCCESS;
    int first = Status.SUCCESS;
    for (Namespace namespace : namespaces) {
      int status = namespace.store.tryFlush();
      if (status == BlockStore.WOULD_BLOCK) {
        command.namespace = namespace;
        if (!engine.manual()) {
          command.flushesOf = this;
          command.status = first;
          return engine.dispatch(command);
        }
        status = namespace.flush();
      }
      if (first == Status.SUCCESS) {
        first = status;
      }
    }
    command.namespace = null;
    return first;
  }

  /** Goes on with a flush of all after one namespace; false if that was the last. */
  boolean continueFlush(Command command, int status) {
    if (command.status == Status.SUCCESS) {
      command.status = status;
    }
    // Namespaces are numbered from 1, so the NSID is the index of the next.
    int next = command.namespace.nsid;
    if (next == namespaces.length) {
      return false;
    }
    command.namespace = namespaces[next];
    engine.pool.submit(command);
    return true;
  }

  /** The active namespace {@code nsid}, or null. */
  Namespace namespace(int nsid) {
    int index = nsid - 1;
    return index >= 0 && index < namespaces.length ? namespaces[index] : null;
  }

  /** All namespaces, in the order of their NSIDs. Not to be changed. */
  Namespace[] namespaces() {
    return namespaces;
  }
}
