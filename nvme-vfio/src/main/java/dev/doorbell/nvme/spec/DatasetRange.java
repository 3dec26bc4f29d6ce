package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * A range of Dataset Management (NVMe Base 1.4, 6.7, figure 364), 16 bytes, little-endian.
 *
 * <pre>
 *   dword 0    context attributes
 *   dword 1    length in logical blocks
 *   dword 2-3  starting LBA
 * </pre>
 *
 * <p>The command's dword 10 holds the number of ranges, zero-based, and dword 11 what is to be done
 * with them.
 */
public final class DatasetRange {
  public static final int SIZE = 16;

  /** The most ranges of one command: their list is one page of 4096 bytes. */
  public static final int MAX_RANGES = 256;

  /** AD of dword 11: deallocate the ranges. */
  public static final int CDW11_DEALLOCATE = 1 << 2;

  private static final int LENGTH = 4;
  private static final int SLBA = 8;

  private DatasetRange() {}

  /**
   * @param blocks 1 to 2^32 − 1
   */
  public static void write(ByteBuffer b, int offset, long lba, long blocks) {
    b.putInt(offset, 0);
    b.putInt(offset + LENGTH, (int) blocks);
    b.putLong(offset + SLBA, lba);
  }

  /** Length in logical blocks, 0 to 2^32 − 1. */
  public static long blocks(ByteBuffer b, int offset) {
    return b.getInt(offset + LENGTH) & 0xFFFFFFFFL;
  }

  public static long lba(ByteBuffer b, int offset) {
    return b.getLong(offset + SLBA);
  }

  /** Number of ranges of dword 10, 1 to 256. */
  public static int ranges(int cdw10) {
    return (cdw10 & 0xFF) + 1;
  }
}
