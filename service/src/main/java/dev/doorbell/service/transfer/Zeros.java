package dev.doorbell.service.transfer;

import dev.doorbell.service.client.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Finds runs of zeros, and writes them where nothing better is to be had. */
final class Zeros {
  private static final ByteBuffer BLOCK = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();

  private Zeros() {}

  /** The index of the first byte that is none among those of a part of a buffer; -1 for none. */
  static int firstOther(ByteBuffer buffer, int from, int length) {
    for (int at = 0; at < length; at += BLOCK.capacity()) {
      int n = Math.min(BLOCK.capacity(), length - at);
      int other = buffer.slice(from + at, n).mismatch(BLOCK.slice(0, n));
      if (other >= 0) {
        return from + at + other;
      }
    }
    return -1;
  }

  /** Whether a part of a buffer is all zeros. */
  static boolean all(ByteBuffer buffer, int from, int length) {
    return firstOther(buffer, from, length) < 0;
  }

  /**
   * Where the run that begins at {@code from} ends: of zeros if the block there is, else of
   * anything else. Blocks of {@code run} bytes are looked at as a whole.
   */
  static int runEnd(ByteBuffer buffer, int from, int run, boolean zeros) {
    int end = from;
    while (end < buffer.limit()) {
      int length = Math.min(run, buffer.limit() - end);
      if (all(buffer, end, length) != zeros) {
        break;
      }
      end += length;
    }
    return end;
  }

  /** Writes zeros as data. */
  static void write(Endpoint target, Extent extent) throws IOException {
    long at = extent.offset();
    while (at < extent.end()) {
      int length = (int) Math.min(BLOCK.capacity(), extent.end() - at);
      target.write(at, BLOCK.slice(0, length));
      at += length;
    }
  }
}
