package dev.doorbell.service.client;

/**
 * A range of bytes.
 *
 * @param offset of the first byte
 * @param length in bytes, at least 1
 */
public record Extent(long offset, long length) {
  /** Checks the range. */
  public Extent {
    if (offset < 0 || length < 1 || offset > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "an extent of " + length + " bytes at " + offset + "; offsets begin at 0, lengths at 1");
    }
  }

  /** The offset of the byte after the last. */
  public long end() {
    return offset + length;
  }
}
