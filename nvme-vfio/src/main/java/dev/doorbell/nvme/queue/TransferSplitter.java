package dev.doorbell.nvme.queue;

import dev.doorbell.nvme.queue.Splitter.Outcome;
import dev.doorbell.nvme.spec.NvmOpcode;

/**
 * Cuts Reads, Writes and Compares, whose data lies in segments of memory.
 *
 * <p>What the device can reach, and PRPs can express, goes straight: the first byte at a multiple
 * of 4, and every join of segments at a page on both sides. A run of blocks for which that does not
 * hold goes through the request's own memory, one run at a time.
 */
final class TransferSplitter {
  private TransferSplitter() {}

  /** Whether all of the request can go straight, with what is to be mapped. */
  static boolean direct(SplitCommand whole) {
    int blockMask = whole.target.limits().blockSize() - 1;
    for (int i = 0; i < whole.segments(); i++) {
      long iova = whole.mapped(i) ? 0 : iova(whole, i, 0);
      // Segments of whole blocks can be cut apart wherever they do not join at a page.
      if (iova < 0 || (iova & 3) != 0 || (whole.segmentLength[i] & blockMask) != 0) {
        return false;
      }
    }
    return true;
  }

  static Outcome next(SplitCommand whole, SplitPart part) {
    long left = whole.blocks - whole.position;
    if (left == 0) {
      return Outcome.END;
    }
    CommandLimits limits = whole.target.limits();
    int most = (int) Math.min(left, limits.transferBlocks()) * limits.blockSize();
    int straight = straightBytes(whole, most) & -limits.blockSize();
    if (straight > 0) {
      prepare(whole, part, straight);
      part.copyBytes = 0;
      addSegments(whole, part, straight);
      return submit(whole, part, straight, QueueCounter.ALIGNED_ACCESSES);
    }
    if (whole.memoryPart != null) {
      return Outcome.NO_MEMORY;
    }
    int run = crookedBytes(whole, Math.min(most, whole.memory.capacity() & -limits.blockSize()));
    prepare(whole, part, run);
    boolean read = whole.opcode == NvmOpcode.READ;
    part.copyBytes = read ? run : 0;
    part.copySegment = whole.segment;
    part.copyOffset = whole.segmentOffset;
    if (!read) {
      Segments.copyIn(whole, run);
    }
    whole.memoryPart = part;
    part.addSegment(whole.memory.iova(), run);
    moveOn(whole, run);
    return submit(whole, part, run, QueueCounter.UNALIGNED_ACCESSES);
  }

  private static void prepare(SplitCommand whole, SplitPart part, int bytes) {
    CommandLimits limits = whole.target.limits();
    part.prepareTransfer(
        whole.opcode,
        limits.nsid(),
        whole.lba + whole.position,
        bytes / limits.blockSize(),
        whole.flags);
  }

  private static Outcome submit(
      SplitCommand whole, SplitPart part, int bytes, QueueCounter counter) {
    whole.target.queue().pair().counters().increment(counter);
    return Splitter.submit(whole, part, bytes / whole.target.limits().blockSize());
  }

  /** How many of the next {@code most} bytes one command can express. */
  private static int straightBytes(SplitCommand whole, int most) {
    int pageMask = whole.target.queue().pair().memory().pageSize() - 1;
    int offset = whole.segmentOffset;
    int bytes = 0;
    long end = 0;
    for (int i = whole.segment; bytes < most; i++) {
      long iova = iova(whole, i, offset);
      boolean fits = bytes == 0 ? (iova & 3) == 0 : ((iova | end) & pageMask) == 0;
      if (iova < 0 || !fits) {
        return bytes;
      }
      int n = Math.min(whole.segmentLength[i] - offset, most - bytes);
      bytes += n;
      end = iova + n;
      offset = 0;
    }
    return bytes;
  }

  /** Bytes up to the next place where a segment begins with a block, at most {@code most}. */
  private static int crookedBytes(SplitCommand whole, int most) {
    int blockMask = whole.target.limits().blockSize() - 1;
    int offset = whole.segmentOffset;
    int bytes = 0;
    for (int i = whole.segment; bytes < most; i++) {
      bytes += whole.segmentLength[i] - offset;
      offset = 0;
      if ((bytes & blockMask) == 0) {
        break;
      }
    }
    return Math.min(bytes, most);
  }

  private static void addSegments(SplitCommand whole, SplitPart part, int bytes) {
    int left = bytes;
    while (left > 0) {
      int n = Math.min(left, whole.segmentLength[whole.segment] - whole.segmentOffset);
      part.addSegment(iova(whole, whole.segment, whole.segmentOffset), n);
      moveOn(whole, n);
      left -= n;
    }
  }

  private static void moveOn(SplitCommand whole, int bytes) {
    int left = bytes;
    while (left > 0) {
      int n = Math.min(left, whole.segmentLength[whole.segment] - whole.segmentOffset);
      whole.segmentOffset += n;
      left -= n;
      if (whole.segmentOffset == whole.segmentLength[whole.segment]) {
        whole.segment++;
        whole.segmentOffset = 0;
      }
    }
  }

  private static long iova(SplitCommand whole, int segment, int offset) {
    long start =
        whole.mapped(segment)
            ? whole.mapping.segmentIova(segment)
            : whole.target.queue().iova(whole.segmentBuffer[segment], whole.segmentIndex[segment]);
    return start < 0 ? start : start + offset;
  }
}
