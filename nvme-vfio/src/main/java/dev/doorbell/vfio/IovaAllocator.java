package dev.doorbell.vfio;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hands out the addresses a device sees memory at.
 *
 * <p>The lowest free addresses come first. Nothing is handed out below 64 KiB, where a device's
 * null pointer leads. For one thread at a time.
 */
final class IovaAllocator {
  static final long NONE = -1;

  private static final long LOWEST = 0x1_0000;

  /** What a 39-bit IOMMU reaches; more is used only where nothing below is usable. */
  private static final long MODEST_END = (1L << 39) - 1;

  /** Where x86 machines receive message signalled interrupts: never memory. */
  private static final IovaRange MESSAGES = new IovaRange(0xFEE0_0000L, 0xFEEF_FFFFL);

  private final long pageSize;

  /** Free addresses: start to end, both included; no two touch. */
  private final TreeMap<Long, Long> free = new TreeMap<>();

  /**
   * @param usable what the IOMMU takes, ascending; empty if it does not tell, then what any takes
   * @param pageSize in bytes, a power of two: every address and size is a multiple of it
   */
  IovaAllocator(List<IovaRange> usable, long pageSize) {
    this.pageSize = pageSize;
    List<IovaRange> ranges = trim(usable, MODEST_END);
    if (ranges.isEmpty()) {
      ranges = usable.isEmpty() ? withoutMessages() : trim(usable, Long.MAX_VALUE);
    }
    if (ranges.isEmpty()) {
      throw new IllegalArgumentException("no usable addresses in " + usable);
    }
    ranges.forEach(r -> free.put(r.start(), r.end()));
  }

  private List<IovaRange> trim(List<IovaRange> usable, long end) {
    List<IovaRange> ranges = new ArrayList<>();
    for (IovaRange range : usable) {
      long first = Math.max(range.start(), LOWEST) + pageSize - 1 & -pageSize;
      long pages = (Math.min(range.end(), end) - first + 1) / pageSize;
      if (pages > 0) {
        ranges.add(new IovaRange(first, first + pages * pageSize - 1));
      }
    }
    return ranges;
  }

  private List<IovaRange> withoutMessages() {
    return List.of(
        new IovaRange(LOWEST, MESSAGES.start() - 1), new IovaRange(MESSAGES.end() + 1, MODEST_END));
  }

  /**
   * Takes addresses.
   *
   * @param size in bytes, at least 1; rounded up to pages
   * @param alignment a power of two
   * @return the first address, or {@link #NONE}
   */
  long allocate(long size, long alignment) {
    long bytes = roundUp(size);
    long unit = Math.max(alignment, pageSize);
    for (Map.Entry<Long, Long> hole : free.entrySet()) {
      long start = hole.getKey();
      long end = hole.getValue();
      long aligned = start + unit - 1 & -unit;
      if (aligned >= start && end - aligned >= bytes - 1 && aligned <= end) {
        free.remove(start);
        if (aligned > start) {
          free.put(start, aligned - 1);
        }
        if (aligned + bytes <= end) {
          free.put(aligned + bytes, end);
        }
        return aligned;
      }
    }
    return NONE;
  }

  /** Gives back what {@link #allocate} returned for the same size. */
  void free(long iova, long size) {
    long start = iova;
    long end = iova + roundUp(size) - 1;
    Map.Entry<Long, Long> before = free.floorEntry(start);
    if (before != null && before.getValue() + 1 == start) {
      start = before.getKey();
    }
    Long after = free.remove(end + 1);
    free.put(start, after == null ? end : after);
  }

  /** Bytes free, in how many pieces soever. */
  long freeBytes() {
    long bytes = 0;
    for (Map.Entry<Long, Long> hole : free.entrySet()) {
      bytes += hole.getValue() - hole.getKey() + 1;
    }
    return bytes;
  }

  private long roundUp(long bytes) {
    return bytes + pageSize - 1 & -pageSize;
  }
}
