package dev.doorbell.linux;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A reusable native array of {@code struct iovec}: address and length of 8 bytes each.
 *
 * <p>Holds addresses only: whoever fills it keeps the memory reachable until the transfer has
 * ended. Grows as needed and never shrinks, so that a reused one does not allocate. For one thread
 * at a time.
 */
public final class IoVector {
  private static final int ENTRY = 16;

  private ByteBuffer entries;
  private long address;
  private int first;
  private int count;

  /**
   * @param capacity segments to make room for, at least 1
   */
  public IoVector(int capacity) {
    grow(Math.max(1, capacity));
  }

  /** Forgets all segments. */
  public void clear() {
    first = 0;
    count = 0;
  }

  /**
   * Appends a segment.
   *
   * @param address of its first byte in this process
   * @param length in bytes, not negative
   */
  public void add(long address, long length) {
    int at = count * ENTRY;
    if (at == entries.capacity()) {
      grow(count * 2);
    }
    entries.putLong(at, address);
    entries.putLong(at + 8, length);
    count++;
  }

  /** How many segments are left to transfer. */
  public int remaining() {
    return count - first;
  }

  /** Address of the first segment that is left. */
  long address() {
    return address + (long) first * ENTRY;
  }

  /** Bytes in the segments that are left. */
  public long bytes() {
    long bytes = 0;
    for (int i = first; i < count; i++) {
      bytes += entries.getLong(i * ENTRY + 8);
    }
    return bytes;
  }

  /** Drops the first {@code bytes} bytes, which have been transferred. */
  void advance(long bytes) {
    long left = bytes;
    while (first < count) {
      int at = first * ENTRY;
      long length = entries.getLong(at + 8);
      if (length > left) {
        entries.putLong(at, entries.getLong(at) + left);
        entries.putLong(at + 8, length - left);
        return;
      }
      left -= length;
      first++;
    }
  }

  private void grow(int capacity) {
    ByteBuffer larger = ByteBuffer.allocateDirect(capacity * ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    if (count > 0) {
      larger.put(0, entries, 0, count * ENTRY);
    }
    entries = larger;
    address = MemoryIO.getInstance().getDirectBufferAddress(larger);
  }
}
