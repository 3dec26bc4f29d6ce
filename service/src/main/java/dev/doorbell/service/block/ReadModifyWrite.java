package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;

/**
 * An unaligned write: reads the blocks at its edges, lays the old bytes around the new ones, writes
 * the whole, all while it holds their range.
 *
 * <p>The request's buffer has the new bytes in place, at their distance from the start of their
 * first block, and room for the two edge blocks behind; see {@link BlockDevice#prepareWrite}.
 */
final class ReadModifyWrite extends LoopCommand {
  private enum Step {
    BEGIN,
    READ_HEAD,
    READ_TAIL,
    WRITE
  }

  private final BlockDevice device;
  private final BlockRequest request;
  private final RangeLock.Hold hold;
  private final long begin;
  private final long end;
  private final int blockSize;
  private final DmaBuffer buffer;
  private final int scratch;
  private Step step = Step.BEGIN;

  ReadModifyWrite(BlockDevice device, BlockRequest request) {
    this.device = device;
    this.request = request;
    this.blockSize = device.namespace().blockSize();
    this.begin = request.offset & -(long) blockSize;
    this.end = request.offset + request.length + blockSize - 1 & -(long) blockSize;
    this.buffer = request.buffer;
    this.scratch = BlockDevice.scratchOffset((int) (end - begin));
    this.hold =
        new RangeLock.Hold(begin, end, true, device.executor(), () -> device.granted(request));
  }

  /** Enters its range; {@link BlockDevice#granted} when it is held. */
  void acquire() {
    device.namespace().rangeLock().acquire(hold);
  }

  private void readHead() {
    if (headBytes() == 0) {
      readTail();
      return;
    }
    step = Step.READ_HEAD;
    readBlock(begin);
  }

  private void readTail() {
    if (tailBytes() == 0) {
      write();
      return;
    }
    if (headBytes() > 0 && end - begin == blockSize) {
      // Head and tail are the one block that has been read.
      copyTail();
      write();
      return;
    }
    step = Step.READ_TAIL;
    readBlock(end - blockSize);
  }

  private void readBlock(long at) {
    BlockQueue queue = device.queue();
    boolean submitted =
        queue.read(this, device.namespace().id(), at / blockSize, 1, blockSize, buffer, scratch);
    assert submitted : "a page of the arena needs no bounce buffer";
  }

  private void write() {
    step = Step.WRITE;
    request.durable |= device.writesThrough();
    int blocks = (int) ((end - begin) / blockSize);
    device
        .queue()
        .write(
            this,
            device.namespace().id(),
            begin / blockSize,
            blocks,
            blockSize,
            buffer,
            0,
            request.durable);
  }

  /** Gives up after a failure. */
  void letGo() {
    device.namespace().rangeLock().release(hold);
  }

  /** Begins, or sends the step again that failed; the range is held. */
  void proceed() {
    switch (step) {
      case BEGIN -> readHead();
      case READ_HEAD -> readBlock(begin);
      case READ_TAIL -> readBlock(end - blockSize);
      case WRITE -> write();
    }
  }

  @Override
  protected void done(int status) {
    // Before it can be kept: it is sent again by this.
    request.readModifyWrite = this;
    if (device.keeps(request, status)) {
      return;
    }
    request.readModifyWrite = null;
    if (status != 0 || step == Step.WRITE) {
      device.namespace().rangeLock().release(hold);
      device.requestDone(request, status);
      return;
    }
    if (step == Step.READ_HEAD) {
      buffer.setBytes(0, buffer, scratch, headBytes());
      readTail();
    } else {
      copyTail();
      write();
    }
  }

  /** The tail of the last block, from the block in scratch. */
  private void copyTail() {
    int tail = tailBytes();
    int last = (int) (end - begin) - tail;
    buffer.setBytes(last, buffer, scratch + blockSize - tail, tail);
  }

  /** Old bytes before the new ones in the first block. */
  private int headBytes() {
    return (int) (request.offset - begin);
  }

  /** Old bytes after the new ones in the last block. */
  private int tailBytes() {
    return (int) (end - (request.offset + request.length));
  }
}
