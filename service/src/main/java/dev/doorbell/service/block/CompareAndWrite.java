package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.queue.NamespaceQueue;
import dev.doorbell.nvme.queue.SplitCommand;
import dev.doorbell.nvme.spec.Status;

/**
 * Writes bytes if others are there: reads the blocks, looks, and writes them with the new bytes in
 * place, all while it holds their range against every other write of this service.
 *
 * <p>Where the drive has Compare and Write, fused, the blocks are written by that, so that another
 * host cannot come in between either: what it changes in the same blocks sends this back to
 * reading. Belongs to the loop's thread.
 */
final class CompareAndWrite extends LoopCommand implements MemoryQueue.Waiter {
  /** How often another host may get in between before the client is told that it did. */
  private static final int ATTEMPTS = 8;

  private final BlockDevice device;
  private final BlockRequest request;
  private final byte[] expected;
  private final byte[] wanted;

  /** For the fused commands, on its owner's thread; null if there are none. */
  private final NamespaceQueue queue;

  private DmaBuffer memory;
  private boolean writing;
  private int attempts;
  private long firstDifference = -1;

  CompareAndWrite(BlockDevice device, BlockRequest request, byte[] expected, byte[] wanted) {
    if (expected.length != wanted.length) {
      throw new IllegalArgumentException(
          "%d bytes to compare, %d to write".formatted(expected.length, wanted.length));
    }
    this.device = device;
    this.request = request;
    this.expected = expected;
    this.wanted = wanted;
    this.queue = device.ranges();
  }

  /** The first byte that differed, or -1. */
  long firstDifference() {
    return firstDifference;
  }

  /** Begins, or begins again after the namespace was stopped by a failure. */
  void start() {
    firstDifference = -1;
    attempts = 0;
    writing = false;
    DmaBuffer buffer = device.memory().allocate(bytesWanted());
    if (buffer == null) {
      device.memory().await(this);
    } else {
      memoryArrived(buffer);
    }
  }

  /** The blocks as they are, and from the next page on as they are to be. */
  @Override
  public int bytesWanted() {
    int rounded = (int) (end() - begin());
    return BlockDevice.scratchOffset(rounded) + DmaMemory.roundUpToPage(rounded);
  }

  @Override
  public void memoryArrived(DmaBuffer buffer) {
    memory = buffer;
    device.queueFor(request, begin(), end());
  }

  @Override
  public void memoryTimedOut() {
    device.requestDone(request, BlockStatus.BUSY);
  }

  /** The range is held. */
  void proceed() {
    read();
  }

  /** Gives up what it has but for its hold on the range. */
  void letGo() {
    if (memory != null) {
      memory.release();
      memory = null;
    }
  }

  private void read() {
    int blockSize = device.namespace().blockSize();
    long begin = begin();
    int blocks = (int) ((end() - begin) / blockSize);
    boolean submitted =
        device
            .queue()
            .read(this, device.namespace().id(), begin / blockSize, blocks, blockSize, memory, 0);
    assert submitted : "whole pages of the arena need no bounce buffer";
  }

  @Override
  protected void done(int status) {
    if (status == 0 && !writing) {
      compare();
    } else if (Status.code(status) == Status.COMPARE_FAILURE && ++attempts < ATTEMPTS) {
      // Another host was there first; what it wrote need not be where this looks.
      writing = false;
      read();
    } else {
      end(status);
    }
  }

  private void compare() {
    int lead = (int) (request.offset - begin());
    for (int i = 0; i < expected.length; i++) {
      if (memory.getByte(lead + i) != expected[i]) {
        firstDifference = request.offset + i;
        end(Status.COMPARE_FAILURE);
        return;
      }
    }
    int rounded = (int) (end() - begin());
    int second = BlockDevice.scratchOffset(rounded);
    memory.setBytes(second, memory, 0, rounded);
    memory.setBytes(second + lead, wanted);
    writing = true;
    request.durable |= device.writesThrough();
    if (queue != null && queue.limits().compareAndWrite() && queue.queue().pair().entries() > 2) {
      writeFused(rounded, second);
    } else {
      write(rounded, second);
    }
  }

  private void write(int rounded, int second) {
    int blockSize = device.namespace().blockSize();
    boolean submitted =
        device
            .queue()
            .write(
                this,
                device.namespace().id(),
                begin() / blockSize,
                rounded / blockSize,
                blockSize,
                memory,
                second,
                request.durable);
    assert submitted : "whole pages of the arena need no bounce buffer";
  }

  private void writeFused(int rounded, int second) {
    BlockQueue way = device.queue();
    SplitCommand fused =
        new SplitCommand() {
          @Override
          protected void done(int status) {
            way.onLoop(() -> CompareAndWrite.this.done(status));
          }
        };
    fused.addMemory(memory, 0, rounded);
    fused.addMemory(memory, second, rounded);
    long lba = begin() / device.namespace().blockSize();
    way.onOwner(
        () -> {
          if (!queue.compareAndWrite(fused, lba, request.durable)) {
            way.onLoop(() -> done(BlockStatus.BUSY));
          }
        });
  }

  /** Lets go of everything; a request that is kept for later begins anew. */
  private void end(int status) {
    letGo();
    RangeLock.Hold hold = request.hold;
    request.hold = null;
    device.namespace().rangeLock().release(hold);
    device.commandDone(request, status);
  }

  private long begin() {
    return request.offset & -(long) device.namespace().blockSize();
  }

  private long end() {
    int blockSize = device.namespace().blockSize();
    return request.offset + request.length + blockSize - 1 & -(long) blockSize;
  }
}
