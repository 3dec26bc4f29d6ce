package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.MemoryQueue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

/**
 * Bytes that a socket has until it has taken them: in the drive's memory, where they are; or when
 * readers who do not read have most of that already, in a copy. Reused; belongs to the loop's
 * thread.
 */
final class SendBuffer {
  /** What a reader gets at a time when memory is scarce. */
  private static final int LITTLE = 32 << 10;

  /** Where a command at {@code offset} ends that gets so little, and would end at {@code end}. */
  static long littleEnd(BlockNamespace namespace, long offset, long end) {
    int little = Math.max(LITTLE, namespace.blockSize());
    return Math.min(end, (offset & -(long) little) + little);
  }

  private MemoryQueue memory;
  private ConnectionMemory connection;
  private ByteBuf bytes;
  private int lent;
  private int copied;

  /**
   * Takes bytes.
   *
   * @param connection what the connection holds, or null
   * @param in memory of {@code memory}
   * @param size of that memory, which may be more than the bytes
   * @return false if they can neither stay where they are nor be copied
   */
  boolean take(MemoryQueue memory, ConnectionMemory connection, ByteBuf in, int size) {
    this.memory = memory;
    this.connection = connection;
    if (connection == null || connection.lend(size)) {
      if (memory.lend(size)) {
        lent = size;
        bytes = in;
        return true;
      }
      if (connection != null) {
        connection.giveBack(size);
      }
    }
    int length = in.readableBytes();
    if (!memory.takeCopy(length)) {
      return false;
    }
    copied = length;
    bytes = PooledByteBufAllocator.DEFAULT.directBuffer(length, length);
    bytes.writeBytes(in, in.readerIndex(), length);
    return true;
  }

  /** Whether the memory of the drive is no longer needed. */
  boolean isCopy() {
    return copied > 0;
  }

  ByteBuf bytes() {
    return bytes;
  }

  /** The bytes are in the socket, or never will be. */
  void free() {
    if (copied > 0) {
      bytes.release();
      memory.endCopy(copied);
      copied = 0;
    } else if (lent > 0) {
      memory.giveBack(lent);
      if (connection != null) {
        connection.giveBack(lent);
      }
      lent = 0;
    }
    connection = null;
    bytes = null;
  }
}
