package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;

/**
 * The NVM command set (NVMe Base 1.4, 6): Read, Write and Flush here, the rest by {@link
 * RangeCommands}; and the way to that of zoned namespaces. Shared by all I/O queues.
 */
final class NvmCommands implements CommandSet {
  /** No status: the command is one as all others. */
  private static final int NORMAL = Integer.MIN_VALUE;

  private final NamespaceTable namespaces;
  private final int maxTransferBytes;
  private final RangeCommands rangeCommands;
  private final boolean compareAndWrite;
  private final FeatureTable features;
  private final Engine engine;
  private final ZonedCommands zoned;

  NvmCommands(
      NamespaceTable namespaces,
      OptionalFeatures optional,
      int maxTransferBytes,
      FeatureTable features,
      Engine engine) {
    this.namespaces = namespaces;
    this.maxTransferBytes = maxTransferBytes;
    this.rangeCommands = new RangeCommands(optional, maxTransferBytes);
    this.compareAndWrite = optional.compareAndWrite();
    this.features = features;
    this.engine = engine;
    this.zoned = new ZonedCommands(this, maxTransferBytes, features, engine);
  }

  @Override
  public int execute(Command command, ByteBuffer sqe, int at) {
    command.zonedAtWork = false;
    if (SubmissionEntry.flags(sqe, at) != 0 || command.queue.fusedFirst != null) {
      int status = special(command, sqe, at);
      if (status != NORMAL) {
        return status;
      }
    }
    int opcode = SubmissionEntry.opcode(sqe, at);
    int nsid = SubmissionEntry.nsid(sqe, at);
    if (opcode == NvmOpcode.FLUSH) {
      return flush(command, nsid);
    }
    Namespace namespace = namespaces.get(nsid);
    command.namespace = namespace;
    if (zoned(namespace)) {
      return zoned.execute(command, namespace, opcode, sqe, at);
    }
    return switch (opcode) {
      case NvmOpcode.READ -> read(command, sqe, at);
      case NvmOpcode.WRITE -> write(command, sqe, at);
      default -> ranges(command, sqe, at);
    };
  }

  /** What is done with a command that is not alone or has no PRPs; or {@link #NORMAL}. */
  private int special(Command command, ByteBuffer sqe, int at) {
    // SGLs are not supported (Identify Controller SGLS is 0).
    if (SubmissionEntry.dataPointerType(sqe, at) != 0) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    boolean fused = SubmissionEntry.fuse(sqe, at) != 0 || command.queue.fusedFirst != null;
    return fused ? fused(command, sqe, at) : NORMAL;
  }

  private int ranges(Command command, ByteBuffer sqe, int at) {
    int status = prepareRanges(command, sqe, at);
    if (status != Status.SUCCESS) {
      return status;
    }
    command.durable |= command.work.writes() && !features.writeCacheEnabled();
    return engine.dispatch(command);
  }

  /** Checks a command of {@link RangeCommands}, whose namespace is set; finds what it is about. */
  int prepareRanges(Command command, ByteBuffer sqe, int at) {
    command.flushesOf = null;
    return rangeCommands.prepare(command, sqe, at);
  }

  /**
   * One of a pair of fused commands (6.2): the first is kept until the next one is there. A first
   * whose second does not follow, and a second whose first did not go before, are aborted.
   */
  private int fused(Command command, ByteBuffer sqe, int at) {
    int fuse = SubmissionEntry.fuse(sqe, at) << 8;
    int opcode = SubmissionEntry.opcode(sqe, at);
    Command first = command.queue.fusedFirst;
    if (first != null) {
      command.queue.fusedFirst = null;
      boolean pair = fuse == NvmOpcode.FUSE_SECOND && opcode == NvmOpcode.WRITE;
      if (pair) {
        return compareAndWrite(first, command, sqe, at);
      }
      command.queue.endHeld(first, Status.ABORTED_MISSING_FUSED | Status.DNR);
      if (fuse == 0) {
        return NORMAL;
      }
    }
    if (!compareAndWrite || fuse == (NvmOpcode.FUSE_FIRST | NvmOpcode.FUSE_SECOND)) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    if (fuse == NvmOpcode.FUSE_SECOND) {
      return Status.ABORTED_MISSING_FUSED | Status.DNR;
    }
    if (opcode != NvmOpcode.COMPARE) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    command.flushesOf = null;
    command.namespace = namespace(SubmissionEntry.nsid(sqe, at));
    // A failure of the first is told with the second, which then fails too.
    command.status =
        zoned(command.namespace)
            ? Status.INVALID_FIELD | Status.DNR
            : rangeCommands.prepare(command, sqe, at);
    command.queue.fusedFirst = command;
    return HELD;
  }

  private static boolean zoned(Namespace namespace) {
    return namespace != null && namespace.zones != null;
  }

  private int compareAndWrite(Command first, Command command, ByteBuffer sqe, int at) {
    command.kind = Command.WRITE;
    command.namespace = namespace(SubmissionEntry.nsid(sqe, at));
    int cdw12 = SubmissionEntry.cdw(sqe, at, 12);
    int status = first.status;
    if (status == Status.SUCCESS) {
      status = prepare(command, sqe, at, cdw12);
      boolean same =
          status == Status.SUCCESS
              && command.namespace == first.namespace
              && command.offset == first.offset
              && command.data.bytes() == first.data.bytes();
      if (status == Status.SUCCESS && !same) {
        status = Status.INVALID_FIELD | Status.DNR;
      } else if (status == Status.SUCCESS && command.namespace.readOnly) {
        status = Status.NAMESPACE_WRITE_PROTECTED | Status.DNR;
      }
      if (status != Status.SUCCESS) {
        command.queue.endHeld(first, Status.ABORTED_FAILED_FUSED | Status.DNR);
        return status;
      }
    } else {
      command.queue.endHeld(first, status);
      return Status.ABORTED_FAILED_FUSED | Status.DNR;
    }
    command.kind = Command.RANGES;
    command.work = RangeWork.COMPARE_AND_WRITE;
    command.fusedFirst = first;
    command.durable = (cdw12 & NvmOpcode.CDW12_FUA) != 0 || !features.writeCacheEnabled();
    if (!engine.manual()) {
      command.queue.admitHeld();
    }
    status = engine.dispatch(command);
    if (status != PENDING) {
      command.fusedFirst = null;
      command.queue.endHeld(first, first.status);
    }
    return status;
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
    status = namespace.tryWrite(command.data, command.offset);
    if (durable && status == Status.SUCCESS) {
      status = namespace.store.tryFlush();
    }
    return status == BlockStore.WOULD_BLOCK ? engine.dispatch(command) : status;
  }

  /** Checks namespace, which is set, range and size of a Read or Write, and finds its memory. */
  int prepare(Command command, ByteBuffer sqe, int at, int cdw12) {
    command.flushesOf = null;
    Namespace namespace = command.namespace;
    command.offset = 0;
    if (namespace == null) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    long lba = SubmissionEntry.cdw10and11(sqe, at);
    int blocks = NvmOpcode.blocks(cdw12);
    if (!namespace.contains(lba, blocks)) {
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
    int status = command.namespace.tryFlush();
    return status == BlockStore.WOULD_BLOCK ? engine.dispatch(command) : status;
  }

  /** Flushes one namespace after the other; the first error is the result. */
  int flushAll(Command command) {
    command.kind = Command.FLUSH;
    command.offset = 0;
    command.status = Status.SUCCESS;
    int first = Status.SUCCESS;
    for (Namespace namespace : namespaces.all()) {
      if (namespace == null) {
        continue;
      }
      int status = namespace.tryFlush();
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
    Namespace[] all = namespaces.all();
    for (int next = command.namespace.nsid; next < all.length; next++) {
      if (all[next] != null) {
        command.namespace = all[next];
        engine.pool.submit(command);
        return true;
      }
    }
    return false;
  }

  /** Whether there are zones that have changed by themselves and the host has not asked about. */
  boolean anyChangedZones() {
    for (Namespace namespace : namespaces.all()) {
      if (zoned(namespace) && namespace.zones.hasChangedZones()) {
        return true;
      }
    }
    return false;
  }

  /** The active namespace {@code nsid}, or null. */
  Namespace namespace(int nsid) {
    return namespaces.get(nsid);
  }

  NamespaceTable namespaces() {
    return namespaces;
  }
}
