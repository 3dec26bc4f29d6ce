package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * Identify Controller data of the NVM command set, CNS 06h with CSI 0 (NVM Command Set 1.0,
 * 4.1.5.4), 4096 bytes: limits of commands without data. In every field 0 means no limit, and a
 * controller older than NVMe 2.0 has none of them.
 */
public final class NvmLimits {
  private static final int VSL = 0;
  private static final int WZSL = 1;
  private static final int DMRL = 3;
  private static final int DMRSL = 4;
  private static final int DMSL = 8;

  private NvmLimits() {}

  /** VSL: the largest Verify as a power of two of the minimum memory page size. */
  public static int verifySize(ByteBuffer b, int offset) {
    return b.get(offset + VSL) & 0xFF;
  }

  /** WZSL: the largest Write Zeroes as a power of two of the minimum memory page size. */
  public static int writeZeroesSize(ByteBuffer b, int offset) {
    return b.get(offset + WZSL) & 0xFF;
  }

  /** DMRL: the most ranges of one Dataset Management. */
  public static int datasetRanges(ByteBuffer b, int offset) {
    return b.get(offset + DMRL) & 0xFF;
  }

  /** DMRSL: the most logical blocks of one of its ranges. */
  public static long datasetRangeBlocks(ByteBuffer b, int offset) {
    return b.getInt(offset + DMRSL) & 0xFFFFFFFFL;
  }

  /** DMSL: the most logical blocks of all of its ranges. */
  public static long datasetBlocks(ByteBuffer b, int offset) {
    return b.getLong(offset + DMSL);
  }

  public static void write(
      ByteBuffer b,
      int offset,
      int verifySize,
      int writeZeroesSize,
      int datasetRanges,
      int datasetRangeBlocks,
      long datasetBlocks) {
    b.put(offset + VSL, (byte) verifySize);
    b.put(offset + WZSL, (byte) writeZeroesSize);
    b.put(offset + DMRL, (byte) datasetRanges);
    b.putInt(offset + DMRSL, datasetRangeBlocks);
    b.putLong(offset + DMSL, datasetBlocks);
  }
}
