package dev.doorbell.nvme.zoned;

import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import io.netty.buffer.ByteBuf;

/** How the commands of a {@link ZoneQueue} get to an I/O queue. */
public interface ZoneTransport {
  /** As {@link IoQueue#transferData}. */
  boolean transferData(
      BlockCommand command,
      int opcode,
      int nsid,
      long cdw10and11,
      long cdw12and13,
      int bytes,
      boolean read,
      ByteBuf buffer,
      int index);

  /** As {@link IoQueue#command}. */
  void command(BlockCommand command, int opcode, int nsid, long cdw10and11, long cdw12and13);

  /** Whether there is a volatile write cache, and it is on. */
  boolean writeCacheEnabled();

  /** Straight to a queue, for its owner. */
  static ZoneTransport of(IoQueue queue) {
    return new ZoneTransport() {
      @Override
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
        return queue.transferData(
            command, opcode, nsid, cdw10and11, cdw12and13, bytes, read, buffer, index);
      }

      @Override
      public void command(
          BlockCommand command, int opcode, int nsid, long cdw10and11, long cdw12and13) {
        queue.command(command, opcode, nsid, cdw10and11, cdw12and13);
      }

      @Override
      public boolean writeCacheEnabled() {
        return queue.writeCache().enabled();
      }
    };
  }
}
