package dev.doorbell.service.block;

import dev.doorbell.nvme.queue.IoQueue;
import io.netty.buffer.ByteBuf;

/** The queue that a loop owns. */
public record OwnQueue(IoQueue queue) implements BlockQueue {
  @Override
  public boolean read(
      LoopCommand command,
      int nsid,
      long lba,
      int blocks,
      int blockSize,
      ByteBuf buffer,
      int index) {
    return queue.read(command, nsid, lba, blocks, blockSize, buffer, index);
  }

  @Override
  public boolean write(
      LoopCommand command,
      int nsid,
      long lba,
      int blocks,
      int blockSize,
      ByteBuf buffer,
      int index,
      boolean durable) {
    return queue.write(command, nsid, lba, blocks, blockSize, buffer, index, durable);
  }

  @Override
  public void flush(LoopCommand command, int nsid) {
    queue.flush(command, nsid);
  }

  @Override
  public boolean transferData(
      LoopCommand command,
      int opcode,
      int nsid,
      long cdw10and11,
      long cdw12and13,
      int bytes,
      boolean read,
      ByteBuf buffer,
      int index) {
    return queue.transferData(
        command, opcode, nsid, cdw10and11, cdw12and13, bytes, read, buffer, index);
  }

  @Override
  public void command(LoopCommand command, int opcode, int nsid, long cdw10and11, long cdw12and13) {
    queue.command(command, opcode, nsid, cdw10and11, cdw12and13);
  }

  @Override
  public IoQueue own() {
    return queue;
  }

  @Override
  public IoQueue target() {
    return queue;
  }

  @Override
  public void onOwner(Runnable task) {
    task.run();
  }

  @Override
  public void onLoop(Runnable task) {
    task.run();
  }
}
