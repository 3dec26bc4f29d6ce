package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.CopyRange;
import dev.doorbell.nvme.spec.DatasetRange;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.OptionalCommands;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;

/**
 * The optional commands of the NVM command set: Compare, Verify, Write Zeroes, Dataset Management
 * and Copy (NVMe Base 1.4, 6.6, 6.7, 6.14, 6.17; Copy: NVM Command Set 1.0, 3.2.2). Checks them and
 * hands them to a worker; those that are not offered are unknown opcodes.
 */
final class RangeCommands {
  private static final int MIN_PAGE = 4096;

  private final OptionalFeatures features;
  private final int maxTransferBytes;

  RangeCommands(OptionalFeatures features, int maxTransferBytes) {
    this.features = features;
    this.maxTransferBytes = maxTransferBytes;
  }

  /**
   * Prepares a command with its namespace set.
   *
   * @return success if the command is to be dispatched; or why not
   */
  int prepare(Command command, ByteBuffer sqe, int at) {
    int opcode = SubmissionEntry.opcode(sqe, at);
    if (!features.offers(bit(opcode))) {
      return Status.INVALID_OPCODE | Status.DNR;
    }
    if (command.namespace == null) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    command.kind = Command.RANGES;
    command.durable = false;
    command.offset = 0;
    command.ranges.clear();
    int status =
        switch (opcode) {
          case NvmOpcode.COMPARE -> compare(command, sqe, at);
          case NvmOpcode.VERIFY -> verify(command, sqe, at);
          case NvmOpcode.WRITE_ZEROES -> writeZeroes(command, sqe, at);
          case NvmOpcode.DATASET_MANAGEMENT -> datasetManagement(command, sqe, at);
          default -> copy(command, sqe, at);
        };
    if (status == Status.SUCCESS && command.work.writes() && command.namespace.readOnly) {
      return Status.NAMESPACE_WRITE_PROTECTED | Status.DNR;
    }
    return status;
  }

  private static int bit(int opcode) {
    return switch (opcode) {
      case NvmOpcode.COMPARE -> OptionalCommands.ONCS_COMPARE;
      case NvmOpcode.VERIFY -> OptionalCommands.ONCS_VERIFY;
      case NvmOpcode.WRITE_ZEROES -> OptionalCommands.ONCS_WRITE_ZEROES;
      case NvmOpcode.DATASET_MANAGEMENT -> OptionalCommands.ONCS_DATASET_MANAGEMENT;
      case NvmOpcode.COPY -> OptionalCommands.ONCS_COPY;
      default -> 0;
    };
  }

  private int compare(Command command, ByteBuffer sqe, int at) {
    command.work = RangeWork.COMPARE;
    int status = addOwnRange(command, sqe, at, maxTransferBytes);
    return status == Status.SUCCESS ? walk(command, sqe, at, command.ranges.bytes()) : status;
  }

  private int verify(Command command, ByteBuffer sqe, int at) {
    command.work = RangeWork.VERIFY;
    return addOwnRange(command, sqe, at, limit(features.verifySize()));
  }

  private int writeZeroes(Command command, ByteBuffer sqe, int at) {
    int cdw12 = SubmissionEntry.cdw(sqe, at, 12);
    boolean deallocate = (cdw12 & NvmOpcode.CDW12_DEALLOCATE) != 0;
    command.work = deallocate ? RangeWork.DEALLOCATE : RangeWork.ZERO;
    command.durable = (cdw12 & NvmOpcode.CDW12_FUA) != 0;
    return addOwnRange(command, sqe, at, limit(features.writeZeroesSize()));
  }

  private int datasetManagement(Command command, ByteBuffer sqe, int at) {
    int count = DatasetRange.ranges(SubmissionEntry.cdw(sqe, at, 10));
    if (features.datasetRanges() != 0 && count > features.datasetRanges()) {
      return Status.COMMAND_SIZE_LIMIT_EXCEEDED | Status.DNR;
    }
    boolean deallocate = (SubmissionEntry.cdw(sqe, at, 11) & DatasetRange.CDW11_DEALLOCATE) != 0;
    command.work = deallocate ? RangeWork.DEALLOCATE : RangeWork.NOTHING;
    int status = walk(command, sqe, at, (long) count * DatasetRange.SIZE);
    if (status != Status.SUCCESS) {
      return status;
    }
    ByteBuffer list = RangeWork.copyOf(command.data);
    long total = 0;
    for (int i = 0; i < count; i++) {
      long blocks = DatasetRange.blocks(list, i * DatasetRange.SIZE);
      total += blocks;
      if (features.datasetRangeBlocks() != 0 && blocks > features.datasetRangeBlocks()
          || features.datasetBlocks() != 0 && total > features.datasetBlocks()) {
        return Status.COMMAND_SIZE_LIMIT_EXCEEDED | Status.DNR;
      }
      if (!addRange(command, DatasetRange.lba(list, i * DatasetRange.SIZE), blocks)) {
        return Status.LBA_OUT_OF_RANGE | Status.DNR;
      }
    }
    return Status.SUCCESS;
  }

  private int copy(Command command, ByteBuffer sqe, int at) {
    int cdw12 = SubmissionEntry.cdw(sqe, at, 12);
    int count = CopyRange.ranges(cdw12);
    if (CopyRange.format(cdw12) != 0) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    if (count > features.copyRanges()) {
      return Status.COMMAND_SIZE_LIMIT_EXCEEDED | Status.DNR;
    }
    command.work = RangeWork.COPY;
    command.durable = (cdw12 & NvmOpcode.CDW12_FUA) != 0;
    int status = walk(command, sqe, at, (long) count * CopyRange.SIZE);
    if (status != Status.SUCCESS) {
      return status;
    }
    ByteBuffer list = RangeWork.copyOf(command.data);
    long total = 0;
    for (int i = 0; i < count; i++) {
      int blocks = CopyRange.blocks(list, i * CopyRange.SIZE);
      total += blocks;
      if (blocks > features.copyRangeBlocks() || total > features.copyBlocks()) {
        return Status.COMMAND_SIZE_LIMIT_EXCEEDED | Status.DNR;
      }
      if (!addRange(command, CopyRange.lba(list, i * CopyRange.SIZE), blocks)) {
        return Status.LBA_OUT_OF_RANGE | Status.DNR;
      }
    }
    long destination = SubmissionEntry.cdw10and11(sqe, at);
    Namespace namespace = command.namespace;
    if (!namespace.contains(destination, total)) {
      return Status.LBA_OUT_OF_RANGE | Status.DNR;
    }
    command.offset = destination << namespace.blockExponent;
    // What such a copy would leave depends on its order, which the standard does not say.
    return command.ranges.overlaps(command.offset, total << namespace.blockExponent)
        ? Status.INVALID_FIELD | Status.DNR
        : Status.SUCCESS;
  }

  /** Adds the range in dwords 10 to 12. */
  private int addOwnRange(Command command, ByteBuffer sqe, int at, long maxBytes) {
    long lba = SubmissionEntry.cdw10and11(sqe, at);
    int blocks = NvmOpcode.blocks(SubmissionEntry.cdw(sqe, at, 12));
    if (!addRange(command, lba, blocks)) {
      return Status.LBA_OUT_OF_RANGE | Status.DNR;
    }
    command.offset = lba << command.namespace.blockExponent;
    return command.ranges.bytes() > maxBytes ? Status.INVALID_FIELD | Status.DNR : Status.SUCCESS;
  }

  private static boolean addRange(Command command, long lba, long blocks) {
    Namespace namespace = command.namespace;
    if (!namespace.contains(lba, blocks)) {
      return false;
    }
    command.ranges.add(lba << namespace.blockExponent, blocks << namespace.blockExponent);
    return true;
  }

  private static int walk(Command command, ByteBuffer sqe, int at, long bytes) {
    return command.queue.prps.walk(
        SubmissionEntry.prp1(sqe, at), SubmissionEntry.prp2(sqe, at), (int) bytes, command.data);
  }

  private static long limit(int exponent) {
    return exponent == 0 ? Long.MAX_VALUE : (long) MIN_PAGE << exponent;
  }
}
