package dev.doorbell.service.block;

import dev.doorbell.nvme.queue.CommandLimits;
import dev.doorbell.nvme.spec.OptionalCommands;

/**
 * Whether requests fit the namespace, before anything of them reaches the drive. Each check returns
 * 0 or one of {@link BlockStatus}. Belongs to a loop's thread.
 */
final class RequestChecks {
  private final BlockNamespace namespace;
  private final CommandLimits limits;
  private final int most;
  private final int mostAppend;
  private final int blockMask;
  private boolean readOnlyByChoice;

  RequestChecks(BlockNamespace namespace) {
    this.namespace = namespace;
    this.limits = namespace.limits();
    this.most = namespace.transfer();
    this.mostAppend = namespace.appendBytes();
    this.blockMask = namespace.blockSize() - 1;
  }

  void readOnly(boolean choice) {
    readOnlyByChoice = choice;
  }

  int read(long offset, long length) {
    return data(offset, length);
  }

  int write(long offset, long length) {
    if (readOnly()) {
      return BlockStatus.READ_ONLY;
    }
    int refusal = data(offset, length);
    // A block of a zone cannot be written twice: there is nothing to merge with.
    return refusal == 0 && mostAppend > 0 ? aligned(offset, length) : refusal;
  }

  int append(long zone, long length) {
    if (mostAppend == 0) {
      return BlockStatus.UNSUPPORTED;
    }
    int refusal = manage(zone);
    if (refusal != 0) {
      return refusal;
    }
    if (length <= 0) {
      return BlockStatus.OUT_OF_RANGE;
    }
    return length > mostAppend ? BlockStatus.TOO_LARGE : aligned(0, length);
  }

  int manage(long zone) {
    if (!namespace.available()) {
      return BlockStatus.UNAVAILABLE;
    }
    if (readOnly()) {
      return BlockStatus.READ_ONLY;
    }
    return zone < 0 || zone >= namespace.zoned().zones() ? BlockStatus.OUT_OF_RANGE : 0;
  }

  /** A request that has waited: the namespace may have become another since it was checked. */
  int again(BlockRequest request) {
    if (!namespace.available()) {
      return BlockStatus.UNAVAILABLE;
    }
    if (request.kind.changesNamespace() && readOnly()) {
      return BlockStatus.READ_ONLY;
    }
    return request.offset > namespace.limit() - request.length ? BlockStatus.OUT_OF_RANGE : 0;
  }

  int flush() {
    return namespace.available() ? 0 : BlockStatus.UNAVAILABLE;
  }

  int compare(long offset, long length) {
    if (!offers(OptionalCommands.ONCS_COMPARE)) {
      return BlockStatus.UNSUPPORTED;
    }
    int refusal = data(offset, length);
    return refusal == 0 ? aligned(offset, length) : refusal;
  }

  int verify(long offset, long length) {
    return offers(OptionalCommands.ONCS_VERIFY)
        ? blocks(offset, length, BlockConfiguration.MAX_RANGE_BYTES)
        : BlockStatus.UNSUPPORTED;
  }

  int writeZeroes(long offset, long length, int flags) {
    if (readOnly()) {
      return BlockStatus.READ_ONLY;
    }
    if ((flags & ~BlockDevice.FLAG_UNMAP) != 0 || !offers(OptionalCommands.ONCS_WRITE_ZEROES)) {
      return BlockStatus.UNSUPPORTED;
    }
    return blocks(offset, length, BlockConfiguration.MAX_RANGE_BYTES);
  }

  int discard(long[] offsets, long[] lengths, int count, int flags) {
    if (readOnly()) {
      return BlockStatus.READ_ONLY;
    }
    if (flags != 0 || !offers(OptionalCommands.ONCS_DATASET_MANAGEMENT)) {
      // Unmap too: as virtio has it, that flag is for write zeroes only.
      return BlockStatus.UNSUPPORTED;
    }
    if (count < 1 || count > BlockConfiguration.MAX_DISCARD_SEGMENTS) {
      return BlockStatus.TOO_MANY_SEGMENTS;
    }
    for (int i = 0; i < count; i++) {
      int refusal = blocks(offsets[i], lengths[i], BlockConfiguration.MAX_RANGE_BYTES);
      if (refusal != 0) {
        return refusal;
      }
    }
    return 0;
  }

  /** Of as many bytes as one command takes, with the blocks at the edges whole. */
  int compareAndWrite(long offset, long length) {
    if (readOnly()) {
      return BlockStatus.READ_ONLY;
    }
    if (namespace.zoned() != null) {
      // There is no writing again what has been written.
      return BlockStatus.UNSUPPORTED;
    }
    return data(offset, length);
  }

  int copy(long[] offsets, long[] lengths, int count, long to) {
    if (readOnly()) {
      return BlockStatus.READ_ONLY;
    }
    if (!offers(OptionalCommands.ONCS_COPY) || limits.copyRangeBlocks() == 0) {
      return BlockStatus.UNSUPPORTED;
    }
    if (count < 1 || count > BlockConfiguration.MAX_COPY_SEGMENTS) {
      return BlockStatus.TOO_MANY_SEGMENTS;
    }
    long total = 0;
    for (int i = 0; i < count; i++) {
      int refusal = blocks(offsets[i], lengths[i], BlockConfiguration.MAX_RANGE_BYTES);
      if (refusal != 0) {
        return refusal;
      }
      total += lengths[i];
    }
    int refusal = blocks(to, total, BlockConfiguration.MAX_RANGE_BYTES);
    for (int i = 0; i < count && refusal == 0; i++) {
      if (offsets[i] < to + total && to < offsets[i] + lengths[i]) {
        refusal = BlockStatus.OVERLAP;
      }
    }
    return refusal;
  }

  private int data(long offset, long length) {
    // What is rounded out to blocks must fit a command, too.
    long largest = most - (offset & blockMask);
    // Subtracted, not added: a sum could overflow. A limit of -1 refuses everything.
    if (offset < 0 || length <= 0 || length > largest || offset > namespace.limit() - length) {
      return reason(offset, length, largest);
    }
    return 0;
  }

  private int blocks(long offset, long length, long largest) {
    if (offset < 0 || length <= 0 || length > largest || offset > namespace.limit() - length) {
      return reason(offset, length, largest);
    }
    return aligned(offset, length);
  }

  private int aligned(long offset, long length) {
    return namespace.aligned(offset, length) ? 0 : BlockStatus.UNALIGNED;
  }

  private int reason(long offset, long length, long largest) {
    if (!namespace.available()) {
      return BlockStatus.UNAVAILABLE;
    }
    boolean inside = offset >= 0 && length > 0 && offset <= namespace.limit() - length;
    return inside && length > largest ? BlockStatus.TOO_LARGE : BlockStatus.OUT_OF_RANGE;
  }

  boolean readOnly() {
    return readOnlyByChoice || namespace.info().writeProtected();
  }

  private boolean offers(int command) {
    return limits != null && limits.offers(command);
  }
}
