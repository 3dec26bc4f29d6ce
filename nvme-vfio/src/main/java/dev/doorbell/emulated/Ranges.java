package dev.doorbell.emulated;

import java.util.Arrays;

/** Byte ranges of a namespace that a command is about; reused. For one thread at a time. */
final class Ranges {
  private static final int INITIAL = 1;

  private long[] offsets = new long[INITIAL];
  private long[] lengths = new long[INITIAL];
  private int count;
  private long bytes;

  void clear() {
    count = 0;
    bytes = 0;
  }

  void add(long offset, long length) {
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, 4 * count);
      lengths = Arrays.copyOf(lengths, 4 * count);
    }
    offsets[count] = offset;
    lengths[count++] = length;
    bytes += length;
  }

  int count() {
    return count;
  }

  /** Sum of the lengths. */
  long bytes() {
    return bytes;
  }

  long offset(int i) {
    return offsets[i];
  }

  long length(int i) {
    return lengths[i];
  }

  boolean overlaps(long offset, long length) {
    for (int i = 0; i < count; i++) {
      if (offsets[i] < offset + length && offset < offsets[i] + lengths[i]) {
        return true;
      }
    }
    return false;
  }
}
