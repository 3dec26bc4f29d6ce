package dev.doorbell.nvme.queue;

import static dev.doorbell.nvme.queue.QueueCounter.ALIGNED_ACCESSES;
import static dev.doorbell.nvme.queue.QueueCounter.UNALIGNED_ACCESSES;

import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.dma.RegisteredBuffer;
import dev.doorbell.dma.TemporaryMappings;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import io.netty.buffer.ByteBuf;

/**
 * Block reads, writes and flushes on one I/O queue pair and its arena.
 *
 * <p>A transfer at a page of this queue's arena, of another arena of the same device, or of a
 * {@link RegisteredBuffer} goes straight into PRPs and counts as an aligned access. So does a large
 * one of whole pages of other direct memory, which is mapped for as long as the command lasts, see
 * {@link TemporaryMappings}. Any other goes through a bounce buffer of the arena, with one copy,
 * and counts as unaligned. Belongs to the owner thread of the queue pair.
 */
public final class IoQueue {
  private final int id;
  private final QueuePair pair;
  private final DmaArena arena;
  private final WriteCache writeCache;
  private final TemporaryMappings temporary;

  /**
   * A queue of a controller with a volatile write cache.
   *
   * @param id the queue identifier, 1 to 65 535
   * @param arena memory that the device can reach
   */
  public IoQueue(int id, QueuePair pair, DmaArena arena) {
    this(id, pair, arena, new WriteCache(true), null);
  }

  /**
   * @param writeCache says whether Flush and Force Unit Access have anything to do
   * @param temporary maps foreign memory for this queue; null if all of it is to be copied
   */
  public IoQueue(
      int id, QueuePair pair, DmaArena arena, WriteCache writeCache, TemporaryMappings temporary) {
    this.id = id;
    this.pair = pair;
    this.arena = arena;
    this.writeCache = writeCache;
    this.temporary = temporary;
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
    int flags = fua && writeCache.enabled() ? NvmOpcode.CDW12_FUA : 0;
    return transfer(command, NvmOpcode.WRITE, nsid, lba, blocks, blockSize, buffer, index, flags);
  }

  /**
   * Makes every write of the namespace that has completed before durable. Where there is no
   * volatile write cache, or it is off, they are so already: the command is done before this
   * returns.
   */
  public void flush(BlockCommand command, int nsid) {
    if (!writeCache.enabled()) {
      command.done(Status.SUCCESS);
      return;
    }
    command.prepare(NvmOpcode.FLUSH, nsid, 0, 0, 0);
    command.read = false;
    pair.submit(command);
  }

  /** Where the device sees byte {@code index} of a buffer, or -1 if it cannot reach it. */
  long iova(ByteBuf buffer, int index) {
    if (buffer instanceof DmaBuffer dma) {
      DmaArena other = dma.arena();
      return other == arena || other.sharesDevice(arena) ? dma.iova() + index : -1;
    }
    return buffer instanceof RegisteredBuffer registered
        ? registered.iova(arena.mapper(), index)
        : -1;
  }

  /** Of the controller. */
  public WriteCache writeCache() {
    return writeCache;
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

  /** What maps foreign memory, or null if all of it is copied. */
  public TemporaryMappings temporary() {
    return temporary;
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
    long cdw12 = NvmOpcode.cdw12(blocks, flags) & 0xFFFFFFFFL;
    boolean read = opcode == NvmOpcode.READ;
    return transferData(command, opcode, nsid, lba, cdw12, bytes, read, buffer, index);
  }

  /** Submits a command of any command set without data. */
  public void command(
      BlockCommand command, int opcode, int nsid, long cdw10and11, long cdw12and13) {
    command.prepare(opcode, nsid, cdw10and11, cdw12and13, 0);
    command.read = false;
    pair.submit(command);
  }

  /**
   * Submits a command of any command set with one buffer of data.
   *
   * @param bytes of the data, as the command's dwords say; a multiple of 4
   * @param read whether the data comes from the controller
   * @return as for {@link #read}
   */
  public boolean transferData(
      BlockCommand command,
      int opcode,
      int nsid,
      long cdw10and11,
      long cdw12and13,
      int bytes,
      boolean read,
      ByteBuf buffer,
      int index) {
    if (index < 0 || index > buffer.capacity() - bytes) {
      throw new IndexOutOfBoundsException(
          "index " + index + ", " + bytes + " bytes, buffer of " + buffer.capacity());
    }
    command.prepare(opcode, nsid, cdw10and11, cdw12and13, 0);
    command.read = read;
    long straight = (index & DmaMemory.PAGE_SIZE - 1) == 0 ? iova(buffer, index) : -1;
    if (straight < 0
        && temporary != null
        && MappedTransfer.began(this, command, buffer, index, bytes)) {
      return true;
    }
    return submit(command, straight, buffer, index, bytes);
  }

  /**
   * Submits a command that has been prepared, but for its data.
   *
   * @param straight where the device sees the data, negative if it is to be copied
   */
  boolean submit(BlockCommand command, long straight, ByteBuf buffer, int index, int bytes) {
    boolean aligned = straight >= 0;
    DmaBuffer memory = aligned ? null : arena.allocate(bytes);
    if (!aligned && memory == null) {
      return false;
    }
    command.buffer = buffer;
    command.bufferIndex = index;
    command.bytes = bytes;
    command.bounce = memory;
    command.addSegment(aligned ? straight : memory.iova(), bytes);
    try {
      if (!aligned && !command.read) {
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
