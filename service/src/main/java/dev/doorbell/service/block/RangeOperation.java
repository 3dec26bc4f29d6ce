package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.queue.NamespaceQueue;
import dev.doorbell.nvme.queue.SplitCommand;
import dev.doorbell.nvme.spec.CopyRange;
import dev.doorbell.nvme.spec.DatasetRange;

/**
 * A discard, write zeroes, verify, compare or copy on its way: in as many commands as the drive's
 * limits ask for. Belongs to the loop's thread, in between to that of the queue's owner; used again
 * and again.
 */
final class RangeOperation extends SplitCommand implements MemoryQueue.Waiter {
  private final BlockDevice device;
  private final NamespaceQueue queue;
  private final BlockQueue way;
  private final Runnable submit = this::submit;
  private final Runnable end = this::ended;
  private BlockRequest request;
  private int status;
  RangeOperation nextFree;

  RangeOperation(BlockDevice device, NamespaceQueue queue) {
    this.device = device;
    this.queue = queue;
    this.way = device.queue();
  }

  void start(BlockRequest of) {
    request = of;
    clear();
    int shift = Integer.numberOfTrailingZeros(device.namespace().blockSize());
    if (of.kind == BlockKind.DISCARD || of.kind == BlockKind.COPY) {
      for (int i = 0; i < of.ranges; i++) {
        addRange(of.rangeOffsets[i] >> shift, of.rangeLengths[i] >> shift);
      }
    } else if (of.kind == BlockKind.COMPARE) {
      addMemory(of.buffer, 0, (int) of.length);
    }
    way.onOwner(submit);
  }

  /** On the owner's thread. */
  private void submit() {
    int shift = Integer.numberOfTrailingZeros(device.namespace().blockSize());
    long lba = request.offset >> shift;
    long blocks = request.length >> shift;
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
    if (!submitted && way.own() != null) {
      device.memory().await(this);
    } else if (!submitted) {
      done(BlockStatus.BUSY);
    }
  }

  @Override
  public int bytesWanted() {
    return request.kind == BlockKind.COPY
        ? CopyRange.MAX_RANGES * CopyRange.SIZE
        : DatasetRange.MAX_RANGES * DatasetRange.SIZE;
  }

  /** There is room for the list of ranges now: the driver takes it itself. */
  @Override
  public void memoryArrived(DmaBuffer buffer) {
    buffer.release();
    submit();
  }

  @Override
  public void memoryTimedOut() {
    done(BlockStatus.BUSY);
  }

  @Override
  protected void done(int withStatus) {
    status = withStatus;
    way.onLoop(end);
  }

  private void ended() {
    BlockRequest of = request;
    request = null;
    device.give(this);
    device.commandDone(of, status);
  }
}
