package dev.doorbell.device;

/**
 * The memory-mapped registers of a device (BAR0), little-endian.
 *
 * <p>A write has release order: whatever the caller stored before, in queue memory for example, is
 * visible to the device once it sees the write. A read has acquire order. Safe for use by several
 * threads; offsets are naturally aligned. A device that is gone reads as all ones.
 */
public interface Registers {
  int readInt(int offset);

  long readLong(int offset);

  void writeInt(int offset, int value);

  void writeLong(int offset, long value);
}
