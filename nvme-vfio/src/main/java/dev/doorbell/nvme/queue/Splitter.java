package dev.doorbell.nvme.queue;

import dev.doorbell.nvme.spec.CopyRange;
import dev.doorbell.nvme.spec.DatasetRange;
import dev.doorbell.nvme.spec.NvmOpcode;

/** Cuts a {@link SplitCommand} into commands, one at a time. */
enum Splitter {
  /** Read, Write and Compare: data in memory. */
  TRANSFER {
    @Override
    Outcome next(SplitCommand whole, SplitPart part) {
      return TransferSplitter.next(whole, part);
    }
  },
  /** Write Zeroes and Verify: a range in the command itself. */
  RANGE {
    @Override
    Outcome next(SplitCommand whole, SplitPart part) {
      long left = whole.blocks - whole.position;
      if (left == 0) {
        return Outcome.END;
      }
      CommandLimits limits = whole.target.limits();
      boolean verify = whole.opcode == NvmOpcode.VERIFY;
      int most = verify ? limits.verifyBlocks() : limits.zeroesBlocks();
      int blocks = (int) Math.min(left, most);
      part.copyBytes = 0;
      part.prepareTransfer(
          whole.opcode, limits.nsid(), whole.lba + whole.position, blocks, whole.flags);
      return submit(whole, part, blocks);
    }
  },
  /** Dataset Management: a list of ranges in memory. */
  DEALLOCATE {
    @Override
    Outcome next(SplitCommand whole, SplitPart part) {
      CommandLimits limits = whole.target.limits();
      Outcome outcome = mayList(whole);
      if (outcome != Outcome.SUBMITTED) {
        return outcome;
      }
      int count = 0;
      long total = 0;
      while (count < limits.datasetRanges()
          && total < limits.datasetBlocks()
          && whole.segment < whole.ranges()) {
        long most = Math.min(limits.datasetRangeBlocks(), limits.datasetBlocks() - total);
        long blocks = Math.min(left(whole), most);
        DatasetRange.write(whole.list, count * DatasetRange.SIZE, first(whole), blocks);
        count++;
        total += blocks;
        moveOn(whole, blocks);
      }
      long dwords = count - 1 | (long) DatasetRange.CDW11_DEALLOCATE << 32;
      part.prepare(NvmOpcode.DATASET_MANAGEMENT, limits.nsid(), dwords, 0, 0);
      return submitList(whole, part, count * DatasetRange.SIZE);
    }
  },
  /** Copy: a list of source ranges in memory. */
  COPY {
    @Override
    Outcome next(SplitCommand whole, SplitPart part) {
      CommandLimits limits = whole.target.limits();
      Outcome outcome = mayList(whole);
      if (outcome != Outcome.SUBMITTED) {
        return outcome;
      }
      int count = 0;
      long total = 0;
      while (count < limits.copyRanges()
          && total < limits.copyBlocks()
          && whole.segment < whole.ranges()) {
        long most = Math.min(limits.copyRangeBlocks(), limits.copyBlocks() - total);
        int blocks = (int) Math.min(left(whole), most);
        CopyRange.write(whole.list, count * CopyRange.SIZE, first(whole), blocks);
        count++;
        total += blocks;
        moveOn(whole, blocks);
      }
      long dwords = (count - 1 | whole.flags) & 0xFFFFFFFFL;
      part.prepare(NvmOpcode.COPY, limits.nsid(), whole.lba, dwords, 0);
      whole.lba += total;
      return submitList(whole, part, count * CopyRange.SIZE);
    }
  };

  /** What came of an attempt to cut off the next command. */
  enum Outcome {
    SUBMITTED,
    /** Nothing is left. */
    END,
    /** The request's own memory is with another of its commands. */
    NO_MEMORY
  }

  /** Fills and submits the next command, if there is one. */
  abstract Outcome next(SplitCommand whole, SplitPart part);

  static Outcome submit(SplitCommand whole, SplitPart part, long blocks) {
    whole.position += blocks;
    whole.submitted(part);
    whole.target.queue().pair().submit(part);
    return Outcome.SUBMITTED;
  }

  private static Outcome mayList(SplitCommand whole) {
    if (whole.segment == whole.ranges()) {
      return Outcome.END;
    }
    return whole.memoryPart == null ? Outcome.SUBMITTED : Outcome.NO_MEMORY;
  }

  private static Outcome submitList(SplitCommand whole, SplitPart part, int bytes) {
    whole.memoryPart = part;
    part.copyBytes = 0;
    part.addSegment(whole.memory.iova(), bytes);
    return submit(whole, part, 0);
  }

  private static long first(SplitCommand whole) {
    return whole.rangeLba[whole.segment] + whole.position;
  }

  private static long left(SplitCommand whole) {
    return whole.rangeBlocks[whole.segment] - whole.position;
  }

  private static void moveOn(SplitCommand whole, long blocks) {
    whole.position += blocks;
    if (whole.position == whole.rangeBlocks[whole.segment]) {
      whole.position = 0;
      whole.segment++;
    }
  }
}
