package dev.doorbell.nvme.queue;

import io.netty.buffer.ByteBuf;

/** Copies between the segments of a {@link SplitCommand} and its own memory. */
final class Segments {
  private Segments() {}

  /** Gathers the {@code bytes} next in turn, without moving on. */
  static void copyIn(SplitCommand whole, int bytes) {
    copy(whole, whole.segment, whole.segmentOffset, bytes, true);
  }

  /** Scatters what a part has read. */
  static void copyOut(SplitCommand whole, SplitPart part) {
    copy(whole, part.copySegment, part.copyOffset, part.copyBytes, false);
  }

  private static void copy(
      SplitCommand whole, int firstSegment, int firstOffset, int bytes, boolean in) {
    int segment = firstSegment;
    int offset = firstOffset;
    for (int done = 0; done < bytes; ) {
      ByteBuf buffer = whole.segmentBuffer[segment];
      int n = Math.min(bytes - done, whole.segmentLength[segment] - offset);
      int index = whole.segmentIndex[segment] + offset;
      // As a ByteBuffer: Netty's copy between two ByteBufs makes objects.
      if (in) {
        buffer.getBytes(index, whole.memory.internalNioBuffer(done, n));
      } else {
        buffer.setBytes(index, whole.memory.internalNioBuffer(done, n));
      }
      done += n;
      segment++;
      offset = 0;
    }
  }
}
