package dev.doorbell.service.block;

import dev.doorbell.nvme.queue.IoQueue;
import io.netty.buffer.ByteBuf;

/**
 * An I/O queue as one event loop uses it: its own, or that of another loop. Belongs to the loop's
 * thread. The memory of a transfer comes from the arena that the loop uses with this queue.
 */
public interface BlockQueue {
  /** As {@link dev.doorbell.nvme.queue.IoQueue#read}. */
  boolean read(
      LoopCommand command,
      int nsid,
      long lba,
      int blocks,
      int blockSize,
      ByteBuf buffer,
      int index);

  /** As {@link dev.doorbell.nvme.queue.IoQueue#write}. */
  boolean write(
      LoopCommand command,
      int nsid,
      long lba,
      int blocks,
      int blockSize,
      ByteBuf buffer,
      int index,
      boolean durable);

  /** As {@link dev.doorbell.nvme.queue.IoQueue#flush}. */
  void flush(LoopCommand command, int nsid);

  /** As {@link dev.doorbell.nvme.queue.IoQueue#transferData}. */
  boolean transferData(
      LoopCommand command,
      int opcode,
      int nsid,
      long cdw10and11,
      long cdw12and13,
      int bytes,
      boolean read,
      ByteBuf buffer,
      int index);

  /** As {@link dev.doorbell.nvme.queue.IoQueue#command}. */
  void command(LoopCommand command, int opcode, int nsid, long cdw10and11, long cdw12and13);

  /** Whether there is a volatile write cache, and it is on. */
  default boolean writeCacheEnabled() {
    return target().writeCache().enabled();
  }

  /** The queue itself, if this loop owns it; else null. */
  IoQueue own();

  /** The queue itself, for its owner's thread only; what does not change in it, for any. */
  IoQueue target();

  /** Runs a task on the thread of the queue's owner: at once, if that is this loop. */
  void onOwner(Runnable task);

  /** Runs a task of the owner's thread on this loop again: at once, if that is the owner. */
  void onLoop(Runnable task);

  /** The queue identifier, 1 to 65 535. */
  default int id() {
    return target().id();
  }
}
