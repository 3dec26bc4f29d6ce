package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * A source range of Copy, descriptor format 0 (NVM Command Set 1.0, 3.2.2, figure 41), 32 bytes,
 * little-endian.
 *
 * <pre>
 *   15:08  starting LBA
 *   17:16  number of logical blocks, zero-based
 * </pre>
 *
 * <p>The command's dwords 10 and 11 hold the starting destination LBA; dword 12 the number of
 * ranges, zero-based, in bits 7:0, the descriptor format in 11:8, and FUA in bit 30.
 */
public final class CopyRange {
  public static final int SIZE = 32;
  public static final int MAX_RANGES = 256;

  private static final int SLBA = 8;
  private static final int NLB = 16;

  private CopyRange() {}

  /**
   * Writes all of a descriptor.
   *
   * @param blocks 1 to 65 536
   */
  public static void write(ByteBuffer b, int offset, long lba, int blocks) {
    b.putLong(offset, 0);
    b.putLong(offset + SLBA, lba);
    b.putLong(offset + NLB, blocks - 1);
    b.putLong(offset + NLB + 8, 0);
  }

  public static long lba(ByteBuffer b, int offset) {
    return b.getLong(offset + SLBA);
  }

  /** Number of logical blocks, 1 to 65 536. */
  public static int blocks(ByteBuffer b, int offset) {
    return (b.getShort(offset + NLB) & 0xFFFF) + 1;
  }

  /** Number of ranges of dword 12, 1 to 256. */
  public static int ranges(int cdw12) {
    return (cdw12 & 0xFF) + 1;
  }

  /** Descriptor format of dword 12; 0 is the one this class describes. */
  public static int format(int cdw12) {
    return cdw12 >>> 8 & 0xF;
  }
}
