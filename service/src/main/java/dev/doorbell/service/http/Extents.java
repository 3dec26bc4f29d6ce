package dev.doorbell.service.http;

import java.util.Arrays;

/**
 * Byte ranges of one request, in the order of the request; used again and again, as it makes no
 * object for each. Belongs to one thread.
 */
final class Extents {
  private long[] offsets = new long[64];
  private long[] lengths = new long[64];
  private int count;

  void clear() {
    count = 0;
  }

  void add(long offset, long length) {
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * count);
      lengths = Arrays.copyOf(lengths, 2 * count);
    }
    offsets[count] = offset;
    lengths[count++] = length;
  }

  int count() {
    return count;
  }

  /** First byte of extent {@code i}. */
  long offset(int i) {
    return offsets[i];
  }

  /** Bytes of extent {@code i}. */
  long length(int i) {
    return lengths[i];
  }

  /** Bytes of all; saturates. */
  long total() {
    long total = 0;
    for (int i = 0; i < count; i++) {
      total += lengths[i];
      if (total < 0) {
        return Long.MAX_VALUE;
      }
    }
    return total;
  }

  /** The first one that does not lie within {@code capacity} bytes, or -1. */
  int outside(long capacity) {
    for (int i = 0; i < count; i++) {
      // Subtracted, not added: a sum could overflow.
      if (lengths[i] > capacity || offsets[i] > capacity - lengths[i]) {
        return i;
      }
    }
    return -1;
  }

  /** Takes over what another one has. */
  void set(Extents other) {
    count = other.count;
    if (offsets.length < count) {
      offsets = new long[other.offsets.length];
      lengths = new long[other.lengths.length];
    }
    System.arraycopy(other.offsets, 0, offsets, 0, count);
    System.arraycopy(other.lengths, 0, lengths, 0, count);
  }
}
