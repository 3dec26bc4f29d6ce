package dev.doorbell.nvme.queue;

import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A request to a {@link NamespaceQueue} of whatever size: cut into as many commands as the
 * controller's limits ask for, and completed as one.
 *
 * <p>Up to {@value #WINDOW} of its commands are outstanding at once; after a failure no further one
 * is submitted, and the status is that of the failed command that comes first in the request. The
 * caller owns the object and may use it again from within {@link #done}; used again it allocates
 * nothing. Belongs to the owner thread of the queue.
 */
public abstract class SplitCommand {
  static final int WINDOW = 16;

  // The request, as NamespaceQueue has set it.
  NamespaceQueue target;
  Splitter splitter;
  int opcode;
  int flags;
  long lba;
  long blocks;

  // Memory to transfer, in the order of the data.
  private int segments;
  ByteBuf[] segmentBuffer = new ByteBuf[1];
  int[] segmentIndex = new int[1];
  int[] segmentLength = new int[1];

  // Ranges of Dataset Management, or sources of Copy.
  private int ranges;
  long[] rangeLba;
  long[] rangeBlocks;

  // How far the splitting has come.
  long position;
  int segment;
  int segmentOffset;

  private SplitPart freeParts;
  private int parts;
  private int outstanding;
  private boolean ended;
  private int status;

  /** Number of the first command that failed. */
  private long failed;

  /** Commands so far. */
  private long count;

  /** Memory of the arena, for data on its way or a list of ranges; or null. */
  DmaBuffer memory;

  /** Memory that the caller lends for that; or null. */
  private DmaBuffer lent;

  /** {@link #memory} as a list is written to it. */
  ByteBuffer list;

  /** How much {@link #memory} is needed where none of the caller's is mapped. */
  private int copyBytes;

  /** Maps foreign memory for as long as the request lasts; made by the first that needs it. */
  MappedSegments mapping;

  /** The command that uses {@link #memory} now. */
  SplitPart memoryPart;

  /** Whether the request is under way. */
  boolean active;

  /**
   * Called once on the owner thread when all of the request has completed, perhaps before the call
   * that submitted it returns; must not throw.
   *
   * @param status as {@link Status} reads it; 0 is success
   */
  protected abstract void done(int status);

  /** Forgets memory and ranges, for a new request. */
  public final void clear() {
    assert !active : "the request is still outstanding";
    Arrays.fill(segmentBuffer, 0, segments, null);
    segments = 0;
    ranges = 0;
    lent = null;
  }

  /**
   * Lends the request memory for what it otherwise takes from the arena of the queue, as far as
   * that is no more. The caller's: it must stay untouched until {@link #done}.
   *
   * @param buffer of the queue's arena, or of another of the same device
   */
  public final void lend(DmaBuffer buffer) {
    assert !active : "the request is still outstanding";
    lent = buffer;
  }

  /**
   * Adds memory to transfer, after what was added before. The caller's: it must stay untouched
   * until {@link #done}.
   *
   * @param index of the first byte in the buffer, whose own indices do not move
   * @param length in bytes, at least 1
   */
  public final void addMemory(ByteBuf buffer, int index, int length) {
    assert !active : "the request is still outstanding";
    if (length <= 0 || index < 0 || index > buffer.capacity() - length) {
      throw new IndexOutOfBoundsException(
          "index " + index + ", " + length + " bytes, buffer of " + buffer.capacity());
    }
    if (segments == segmentBuffer.length) {
      segmentBuffer = Arrays.copyOf(segmentBuffer, 2 * segments);
      segmentIndex = Arrays.copyOf(segmentIndex, 2 * segments);
      segmentLength = Arrays.copyOf(segmentLength, 2 * segments);
    }
    segmentBuffer[segments] = buffer;
    segmentIndex[segments] = index;
    segmentLength[segments++] = length;
  }

  /**
   * Adds a range of logical blocks, to deallocate or to copy.
   *
   * @param blocks at least 1
   */
  public final void addRange(long lba, long blocks) {
    assert !active : "the request is still outstanding";
    if (lba < 0 || blocks <= 0 || blocks > Long.MAX_VALUE - lba) {
      throw new IllegalArgumentException("range of " + blocks + " blocks from " + lba);
    }
    if (rangeLba == null) {
      rangeLba = new long[4];
      rangeBlocks = new long[4];
    } else if (ranges == rangeLba.length) {
      rangeLba = Arrays.copyOf(rangeLba, 2 * ranges);
      rangeBlocks = Arrays.copyOf(rangeBlocks, 2 * ranges);
    }
    rangeLba[ranges] = lba;
    rangeBlocks[ranges++] = blocks;
  }

  final int ranges() {
    return ranges;
  }

  final int segments() {
    return segments;
  }

  final long segmentBytes() {
    long bytes = 0;
    for (int i = 0; i < segments; i++) {
      bytes += segmentLength[i];
    }
    return bytes;
  }

  /**
   * Begins.
   *
   * @param ownBytes memory of the arena that it needs for itself, 0 for none
   * @return false if there is none: nothing was done
   */
  final boolean start(int ownBytes) {
    if (!begin(ownBytes)) {
      return false;
    }
    advance();
    return true;
  }

  /** Whether a segment of the caller's memory is mapped for this request, or is to be. */
  final boolean mapped(int segment) {
    return mapping != null && mapping.has(segment);
  }

  /** Looks which of the memory can be mapped for the time of this request; whether any can. */
  final boolean plansMappings() {
    IoQueue queue = target.queue();
    if (queue.temporary() == null) {
      return false;
    }
    if (mapping == null) {
      mapping = new MappedSegments(this);
    }
    return mapping.plan(queue, segmentBuffer, segmentIndex, segmentLength, segments);
  }

  /**
   * As {@link #start}, once the memory that can be mapped is.
   *
   * @param ownBytes needed if some of the memory has to be copied
   */
  final boolean startMapped(int ownBytes) {
    copyBytes = ownBytes;
    if (!begin(TransferSplitter.direct(this) ? 0 : ownBytes)) {
      mapping.end();
      return false;
    }
    switch (mapping.map()) {
      case MAPPED -> advance();
      case WAITING -> {}
      case REFUSED -> {
        mapping.end();
        if (!haveCopyMemory()) {
          active = false;
          return false;
        }
        advance();
      }
    }
    return true;
  }

  /** The memory of this request is mapped, after a wait, or will never be. */
  final void memoryReady(boolean isMapped) {
    if (!isMapped) {
      mapping.end();
    }
    if (target.queue().pair().closed()) {
      finish(Status.ABORTED_SQ_DELETION);
    } else if (isMapped || haveCopyMemory()) {
      advance();
    } else {
      finish(HostStatus.NOT_SENT);
    }
  }

  private boolean haveCopyMemory() {
    DmaArena arena = target.queue().arena();
    if (memory == null && copyBytes <= arena.size()) {
      memory = arena.allocate(copyBytes);
    }
    return memory != null;
  }

  /** Begins a Compare and the Write fused to it, each of half of the memory. */
  final boolean startFused(int bytes) {
    if (!begin(bytes)) {
      return false;
    }
    Segments.copyIn(this, bytes);
    SplitPart compare = takePart();
    SplitPart write = takePart();
    int nsid = target.limits().nsid();
    int count = (int) blocks;
    compare.copyBytes = 0;
    write.copyBytes = 0;
    compare.prepareTransfer(NvmOpcode.COMPARE | NvmOpcode.FUSE_FIRST, nsid, lba, count, 0);
    write.prepareTransfer(NvmOpcode.WRITE | NvmOpcode.FUSE_SECOND, nsid, lba, count, flags);
    compare.addSegment(memory.iova(), bytes / 2);
    write.addSegment(memory.iova() + bytes / 2, bytes / 2);
    position = blocks;
    submitted(compare);
    submitted(write);
    target.queue().pair().submitFused(compare, write);
    return true;
  }

  private boolean begin(int ownBytes) {
    if (ownBytes > 0) {
      boolean enough = lent != null && lent.capacity() >= ownBytes;
      memory = enough ? lent : target.queue().arena().allocate(ownBytes);
      if (memory == null) {
        return false;
      }
      list = splitter == Splitter.TRANSFER ? null : littleEndian(memory);
    }
    position = 0;
    segment = 0;
    segmentOffset = 0;
    memoryPart = null;
    status = Status.SUCCESS;
    failed = Long.MAX_VALUE;
    count = 0;
    ended = false;
    active = true;
    return true;
  }

  private static ByteBuffer littleEndian(DmaBuffer memory) {
    return memory.nioBuffer(0, memory.capacity()).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Ends without a command. */
  final void end(int withStatus) {
    active = false;
    done(withStatus);
  }

  /** A part that is free to be submitted, or null: then one will be after a completion. */
  private SplitPart takePart() {
    SplitPart part = freeParts;
    if (part != null) {
      freeParts = part.nextFree;
      return part;
    }
    return parts < WINDOW ? newPart() : null;
  }

  private void giveBack(SplitPart part) {
    part.nextFree = freeParts;
    freeParts = part;
  }

  final void submitted(SplitPart part) {
    part.number = count++;
    outstanding++;
  }

  final void partDone(SplitPart part, int partStatus) {
    outstanding--;
    if (part == memoryPart) {
      memoryPart = null;
    }
    if (partStatus != Status.SUCCESS) {
      ended = true;
      if (part.number < failed) {
        failed = part.number;
        status = partStatus;
      }
    }
    giveBack(part);
    advance();
  }

  /** Submits what fits into the window; ends the request if nothing is left. */
  private void advance() {
    QueuePair pair = target.queue().pair();
    pair.plug();
    try {
      boolean more = !ended;
      while (more) {
        more = submitNext();
      }
    } finally {
      pair.unplug();
    }
    if (outstanding == 0) {
      finish(status);
    }
  }

  private void finish(int withStatus) {
    active = false;
    releaseMemory();
    if (mapping != null) {
      mapping.end();
    }
    done(withStatus);
  }

  /** Whether it may be tried once more. */
  private boolean submitNext() {
    SplitPart part = takePart();
    if (part == null) {
      return false;
    }
    Splitter.Outcome outcome = splitter.next(this, part);
    if (outcome == Splitter.Outcome.SUBMITTED) {
      return !ended;
    }
    ended |= outcome == Splitter.Outcome.END;
    giveBack(part);
    return false;
  }

  private SplitPart newPart() {
    parts++;
    return new SplitPart(this);
  }

  private void releaseMemory() {
    DmaBuffer held = memory;
    if (held != null) {
      memory = null;
      list = null;
      if (held != lent) {
        held.release();
      }
    }
  }
}
