package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockNamespace;
import java.util.List;

/**
 * Byte ranges of a namespace, as a request lists them; checked.
 *
 * @param offsets of the ranges; as many as {@code lengths}
 */
record CheckedExtents(long[] offsets, long[] lengths) {
  private static final String OFFSET = "offset";
  private static final String LENGTH = "length";

  /**
   * Reads a list of objects with {@code offset} and {@code length}.
   *
   * @param most ranges
   * @param longest bytes of one range
   * @throws ProblemException 400 if a range is not whole blocks within the namespace, and which
   */
  static CheckedExtents read(
      Members body, String member, int most, BlockNamespace namespace, long longest) {
    List<Members> objects = body.objects(member, most);
    long[] offsets = new long[objects.size()];
    long[] lengths = new long[offsets.length];
    for (int i = 0; i < offsets.length; i++) {
      Members extent = objects.get(i);
      offsets[i] = extent.number(OFFSET, 0, Long.MAX_VALUE);
      lengths[i] = extent.number(LENGTH, 1, Long.MAX_VALUE);
      if (lengths[i] > longest) {
        throw extent.refused(LENGTH, "one range may have " + longest + " bytes");
      }
      requireWithin(extent, OFFSET, namespace, offsets[i], lengths[i]);
      requireAligned(extent, OFFSET, namespace, offsets[i]);
      requireAligned(extent, LENGTH, namespace, lengths[i]);
    }
    return new CheckedExtents(offsets, lengths);
  }

  int count() {
    return offsets.length;
  }

  long bytes() {
    long sum = 0;
    for (long length : lengths) {
      sum += length;
    }
    return sum;
  }

  static void requireWithin(
      Members of, String member, BlockNamespace namespace, long offset, long length) {
    long capacity = namespace.capacity();
    // Subtracted, not added: a sum could overflow.
    if (offset > capacity - length) {
      throw of.refused(
          member,
          "with %d bytes from there the range ends past the capacity of %d bytes"
              .formatted(length, capacity));
    }
  }

  static void requireAligned(Members of, String member, BlockNamespace namespace, long value) {
    if (!namespace.aligned(value, 0)) {
      throw of.refused(
          member,
          "it must be a multiple of the block size, %d bytes".formatted(namespace.blockSize()));
    }
  }
}
