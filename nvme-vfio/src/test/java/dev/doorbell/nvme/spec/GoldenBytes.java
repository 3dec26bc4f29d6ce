package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * Bytes written out by hand from the standard, to hold against what the accessors write and read.
 *
 * <p>Structures start at {@link #AT}, not at 0, so that an accessor that forgets its offset fails.
 */
final class GoldenBytes {
  static final int AT = 64;

  private GoldenBytes() {}

  /** A direct little-endian buffer of {@code size} bytes after {@link #AT}, all FFh. */
  static ByteBuffer dirty(int size) {
    ByteBuffer buffer = zeroed(size);
    for (int i = 0; i < buffer.capacity(); i++) {
      buffer.put(i, (byte) 0xFF);
    }
    return buffer;
  }

  /** A direct little-endian buffer of {@code size} bytes after {@link #AT}, all 0. */
  static ByteBuffer zeroed(int size) {
    // Direct and aligned: the completion entry is read with an acquire load. Aligning costs up to
    // one unit at either end.
    return ByteBuffer.allocateDirect(AT + size + 2 * AT)
        .alignedSlice(AT)
        .slice(0, AT + size)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Puts bytes given as hexadecimal text, blanks ignored, at {@code offset} after {@link #AT}. */
  static void put(ByteBuffer buffer, int offset, String hex) {
    buffer.put(AT + offset, HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
  }

  /** {@code length} bytes at {@code offset} after {@link #AT}, as two-digit groups. */
  static String hex(ByteBuffer buffer, int offset, int length) {
    byte[] bytes = new byte[length];
    buffer.get(AT + offset, bytes);
    return HexFormat.ofDelimiter(" ").withUpperCase().formatHex(bytes);
  }
}
