package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.queue.NamespaceQueue;
import dev.doorbell.nvme.queue.SplitCommand;
import dev.doorbell.nvme.spec.CopyRange;
import dev.doorbell.nvme.spec.DatasetRange;

/**
 * A discard, write zeroes, verify, compare or copy on its way: in as many commands as the drive's
 * limits ask for. Memory comes from the arena of the loop, whichever loop's queue it goes through.
 * Belongs to the loop's thread, in between to that of the queue's owner; used again and again.
 */
final class RangeOperation extends SplitCommand implements MemoryQueue.Waiter {
  /** Bytes for the list of a discard's ranges. */
  private static final int LIST_BYTES = DatasetRange.MAX_RANGES * DatasetRange.SIZE;

  /** And of the sources of a copy. */
  private static final int SOURCES_BYTES = CopyRange.MAX_RANGES * CopyRange.SIZE;

  private final BlockDevice device;
  private final Submission submission;
  private final NamespaceQueue queue;
  private final BlockQueue way;
  private final int blockShift;
  private final Runnable submit = this::submit;
  private final Runnable end = this::ended;
  private BlockRequest request;
  private DmaBuffer list;
  private int status;
  RangeOperation nextFree;

  RangeOperation(BlockDevice device, Submission submission, NamespaceQueue queue) {
    this.device = device;
    this.submission = submission;
    this.queue = queue;
    this.way = device.queue();
    this.blockShift = Integer.numberOfTrailingZeros(device.namespace().blockSize());
  }

  void start(BlockRequest of) {
    request = of;
    clear();
    if (of.kind == BlockKind.DISCARD || of.kind == BlockKind.COPY) {
      DmaBuffer memory = device.memory().allocate(bytesWanted());
      if (memory == null) {
        device.memory().await(this);
      } else {
        memoryArrived(memory);
      }
      return;
    }
    if (of.kind == BlockKind.COMPARE) {
      addMemory(of.buffer, 0, (int) of.length);
    }
    way.onOwner(submit);
  }

  @Override
  public int bytesWanted() {
    return request.kind == BlockKind.COPY ? SOURCES_BYTES : LIST_BYTES;
  }

  @Override
  public void memoryArrived(DmaBuffer memory) {
    list = memory;
    lend(memory);
    for (int i = 0; i < request.ranges; i++) {
      addRange(request.rangeOffsets[i] >> blockShift, request.rangeLengths[i] >> blockShift);
    }
    way.onOwner(submit);
  }

  @Override
  public void memoryTimedOut() {
    status = BlockStatus.BUSY;
    ended();
  }

  /** On the owner's thread. */
  private void submit() {
    long lba = request.offset >> blockShift;
    long blocks = request.length >> blockShift;
    boolean submitted =
        switch (request.kind) {
          case DISCARD -> queue.deallocate(this);
          case WRITE_ZEROES ->
              queue.writeZeroes(this, lba, blocks, request.mayUnmap, request.durable);
          case VERIFY -> queue.verify(this, lba, blocks);
          case COMPARE -> queue.compare(this, lba);
          case COPY -> queue.copy(this, lba, request.durable);
          default -> throw new IllegalStateException("no range operation: " + request.kind);
        };
    if (!submitted) {
      // Nothing asks the owner's arena for memory: compares are of whole blocks at a page.
      done(BlockStatus.BUSY);
    }
  }

  @Override
  protected void done(int withStatus) {
    status = withStatus;
    way.onLoop(end);
  }

  private void ended() {
    BlockRequest of = request;
    request = null;
    DmaBuffer memory = list;
    if (memory != null) {
      list = null;
      memory.release();
    }
    submission.give(this);
    device.commandDone(of, status);
  }
}
