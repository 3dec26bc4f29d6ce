package dev.doorbell.nvme.queue;

import static dev.doorbell.nvme.queue.QueueCounter.ALIGNED_ACCESSES;
import static dev.doorbell.nvme.queue.QueueCounter.UNALIGNED_ACCESSES;

import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.NvmOpcode;
import io.netty.buffer.ByteBuf;

/**
 * Block reads, writes and flushes on one I/O queue pair and its arena.
 *
 * <p>A buffer that starts at a page of this queue's arena goes straight into PRPs and counts as an
 * aligned access. Any other goes through a bounce buffer of the arena, with one copy, and counts as
 * unaligned. Belongs to the owner thread of the queue pair.
 */
public final class IoQueue {
  private final int id;
  private final QueuePair pair;
  private final DmaArena arena;

  /**
   * @param id the queue identifier, 1 to 65 535
   * @param arena memory that the device can reach
   */
  public IoQueue(int id, QueuePair pair, DmaArena arena) {
    this.id = id;
    this.pair = pair;
    this.arena = arena;
  }

  /** Hands queue and arena to {@code thread}; called by the old owner, or before first use. */
  public void setOwner(Thread thread) {
    pair.setOwner(thread);
    arena.setOwner(thread);
  }

  /**
   * Reads {@code blocks} logical blocks into {@code buffer} from {@code index} on; its indices do
   * not move.
   *
   * @param blockSize logical block size of the namespace in bytes
   * @return false if the buffer needs a bounce buffer and the arena has none left: nothing was
   *     submitted, try again after {@link DmaArena#releases} moved
   */
  public boolean read(
      BlockCommand command,
      int nsid,
      long lba,
      int blocks,
      int blockSize,
      ByteBuf buffer,
      int index) {
    return transfer(command, NvmOpcode.READ, nsid, lba, blocks, blockSize, buffer, index, 0);
  }

  /**
   * Writes {@code blocks} logical blocks from {@code buffer}, starting at {@code index}; its
   * indices do not move.
   *
   * @param fua whether the completion means that the data is durable (Force Unit Access)
   * @return as for {@link #read}
   */
  public boolean write(
      BlockCommand command,
      int nsid,
      long lba,
      int blocks,
      int blockSize,
      ByteBuf buffer,
      int index,
      boolean fua) {
    int flags = fua ? NvmOpcode.CDW12_FUA : 0;
    return transfer(command, NvmOpcode.WRITE, nsid, lba, blocks, blockSize, buffer, index, flags);
  }

  /** Makes every write of the namespace that has completed before durable. */
  public void flush(BlockCommand command, int nsid) {
    command.prepare(NvmOpcode.FLUSH, nsid, 0, 0, 0);
    command.read = false;
    pair.submit(command);
  }

  public int id() {
    return id;
  }

  public QueuePair pair() {
    return pair;
  }

  public DmaArena arena() {
    return arena;
  }

  private boolean transfer(
      BlockCommand command,
      int opcode,
      int nsid,
      long lba,
      int blocks,
      int blockSize,
      ByteBuf buffer,
      int index,
      int flags) {
    if (blocks <= 0 || blocks > NvmOpcode.MAX_BLOCKS) {
      throw new IllegalArgumentException(
          "blocks: " + blocks + ", allowed: 1 to " + NvmOpcode.MAX_BLOCKS);
    }
    int bytes = Math.multiplyExact(blocks, blockSize);
    if (index < 0 || index > buffer.capacity() - bytes) {
      throw new IndexOutOfBoundsException(
          "index " + index + ", " + bytes + " bytes, buffer of " + buffer.capacity());
    }
    boolean aligned =
        buffer instanceof DmaBuffer dma
            && dma.arena() == arena
            && (index & DmaMemory.PAGE_SIZE - 1) == 0;
    DmaBuffer memory = aligned ? (DmaBuffer) buffer : arena.allocate(bytes);
    if (memory == null) {
      return false;
    }
    command.buffer = buffer;
    command.bufferIndex = index;
    command.bytes = bytes;
    command.bounce = aligned ? null : memory;
    command.read = opcode == NvmOpcode.READ;
    command.prepareTransfer(opcode, nsid, lba, blocks, flags);
    command.addSegment(memory.iova() + (aligned ? index : 0), bytes);
    try {
      if (!aligned && opcode == NvmOpcode.WRITE) {
        // As a ByteBuffer: Netty's copy between two ByteBufs makes objects.
        buffer.getBytes(index, memory.internalNioBuffer(0, bytes));
      }
      pair.submit(command);
    } catch (RuntimeException e) {
      command.takeBack();
      throw e;
    }
    pair.counters().increment(aligned ? ALIGNED_ACCESSES : UNALIGNED_ACCESSES);
    return true;
  }
}
