package dev.doorbell.nvme.queue;

import dev.doorbell.nvme.spec.NvmOpcode;
import java.util.Arrays;

/**
 * A command on its way to a queue pair: the fields of its submission queue entry, the memory it
 * transfers, and what to do when it has completed.
 *
 * <p>The caller owns the object, fills it, submits it, and may fill and submit it again from within
 * {@link #completed}; it must not touch it in between. Belongs to the owner thread of the queue.
 */
public abstract class Command {
  private static final int NO_SEGMENTS = 0;

  // Hot: read once when the entry is written.
  int opcode;
  int nsid;
  long cdw10and11;
  long cdw12and13;
  long cdw14and15;
  long iova;
  int length;

  // Further segments, only of commands that gather or scatter.
  int moreSegments = NO_SEGMENTS;
  long[] segmentIova;
  int[] segmentLength;

  /** The next in the list of commands that wait for a slot. */
  Command next;

  /** The tick at which it was posted, for timeouts. */
  int postedAt;

  /** Whether a queue pair holds this command now. */
  boolean submitted;

  /**
   * Called once on the owner thread when the command has completed. The slot is free again, so it
   * may submit commands, this one too. Must not throw: an exception would end the poll.
   *
   * @param status as {@link dev.doorbell.nvme.spec.Status} reads it; 0 is success
   * @param result dwords 0 and 1 of the completion
   */
  protected abstract void completed(int status, long result);

  /**
   * Sets the entry's fields; the data segments are cleared.
   *
   * @param opcode of the admin or I/O command set
   */
  public final void prepare(
      int opcode, int nsid, long cdw10and11, long cdw12and13, long cdw14and15) {
    assert !submitted : "the command is still outstanding";
    this.opcode = opcode;
    this.nsid = nsid;
    this.cdw10and11 = cdw10and11;
    this.cdw12and13 = cdw12and13;
    this.cdw14and15 = cdw14and15;
    this.length = 0;
    this.moreSegments = NO_SEGMENTS;
  }

  /**
   * Sets a Read or Write; add the memory with {@link #addSegment}.
   *
   * @param opcode {@link NvmOpcode#READ} or {@link NvmOpcode#WRITE}
   * @param lba first logical block
   * @param blocks 1 to {@link NvmOpcode#MAX_BLOCKS}
   * @param flags 0 or {@link NvmOpcode#CDW12_FUA}
   */
  public final void prepareTransfer(int opcode, int nsid, long lba, int blocks, int flags) {
    prepare(opcode, nsid, lba, NvmOpcode.cdw12(blocks, flags) & 0xFFFFFFFFL, 0);
  }

  /**
   * Adds memory to transfer, after what was added before.
   *
   * @param iova where the device sees it; a multiple of 4, and of the page size unless it is the
   *     first segment
   * @param length bytes, at least 1; only the last segment may end within a page
   */
  public final void addSegment(long iova, int length) {
    assert !submitted : "the command is still outstanding";
    if (this.length == 0) {
      this.iova = iova;
      this.length = length;
      return;
    }
    int at = moreSegments++;
    if (segmentIova == null) {
      segmentIova = new long[8];
      segmentLength = new int[8];
    } else if (at == segmentIova.length) {
      segmentIova = Arrays.copyOf(segmentIova, 2 * at);
      segmentLength = Arrays.copyOf(segmentLength, 2 * at);
    }
    segmentIova[at] = iova;
    segmentLength[at] = length;
  }
}
