package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Holds the encoded head of one answer after another. Belongs to the loop's thread. */
final class HeadBuffer {
  private final int capacity;
  private ByteBuf bytes;

  /**
   * @param capacity bytes that a head may have
   */
  HeadBuffer(int capacity) {
    this.capacity = capacity;
    this.bytes = Unpooled.directBuffer(capacity);
  }

  /** The buffer, empty; whoever sends it retains it. */
  ByteBuf fresh() {
    if (bytes.refCnt() > 1) {
      // The last answer was broken off with its head still on the way.
      bytes.release();
      bytes = Unpooled.directBuffer(capacity);
    }
    return bytes.clear();
  }

  /** Gives up the memory; it is not used again. */
  void dispose() {
    bytes.release();
  }
}
