package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * Identify Namespace data, CNS 00h (NVMe Base 1.4, 5.15.2.1, figure 245), 4096 bytes.
 *
 * <p>Every accessor takes a little-endian buffer and the offset of the structure in it.
 */
public final class IdentifyNamespace {
  public static final int SIZE = 4096;

  private static final int NSZE = 0;
  private static final int NCAP = 8;
  private static final int NUSE = 16;
  private static final int NSFEAT = 24;
  private static final int NLBAF = 25;
  private static final int FLBAS = 26;
  private static final int DLFEAT = 33;
  private static final int NPWG = 64;
  private static final int NPWA = 66;
  private static final int NPDG = 68;
  private static final int NPDA = 70;
  private static final int NOWS = 72;
  private static final int MSSRL = 74;
  private static final int MCL = 76;
  private static final int MSRC = 80;
  private static final int NSATTR = 99;
  private static final int NGUID = 104;
  private static final int EUI64 = 120;
  private static final int LBAF0 = 128;

  /** NSFEAT bit 4: the preferred sizes are valid. */
  private static final int NSFEAT_OPTPERF = 1 << 4;

  /** DLFEAT bits 2:0, 001b: deallocated blocks read as zeros. */
  public static final int DLFEAT_READS_ZEROS = 0b001;

  /** DLFEAT bit 3: Write Zeroes can deallocate. */
  public static final int DLFEAT_WRITE_ZEROES_DEALLOCATES = 1 << 3;

  private IdentifyNamespace() {}

  /** NSZE in logical blocks; 0 means that the namespace is not active. */
  public static long size(ByteBuffer b, int offset) {
    return b.getLong(offset + NSZE);
  }

  public static long capacity(ByteBuffer b, int offset) {
    return b.getLong(offset + NCAP);
  }

  /** Exponent of the logical block size in use: the block is {@code 1 << exponent} bytes. */
  public static int lbaExponent(ByteBuffer b, int offset) {
    return lbaFormat(b, offset) >>> 16 & 0xFF;
  }

  /** Index of the LBA format in use, 0 to 15. */
  public static int lbaFormatIndex(ByteBuffer b, int offset) {
    return b.get(offset + FLBAS) & 0xF;
  }

  /** Bytes of metadata with each logical block of the format in use. */
  public static int metadataSize(ByteBuffer b, int offset) {
    return lbaFormat(b, offset) & 0xFFFF;
  }

  /** NSATTR bit 0: the namespace is write protected now. */
  public static boolean writeProtected(ByteBuffer b, int offset) {
    return (b.get(offset + NSATTR) & 1) != 0;
  }

  /**
   * NPWG as a count: logical blocks that are best written together; 1 if the drive does not say.
   */
  public static int preferredWriteBlocks(ByteBuffer b, int offset) {
    return preferred(b, offset, NPWG, 1);
  }

  /** NPDG as a count: logical blocks that are best deallocated together; 1 if it does not say. */
  public static int preferredDeallocateBlocks(ByteBuffer b, int offset) {
    return preferred(b, offset, NPDG, 1);
  }

  /** NOWS as a count: logical blocks of the best write; 0 if the drive does not say. */
  public static int optimalWriteBlocks(ByteBuffer b, int offset) {
    return preferred(b, offset, NOWS, 0);
  }

  private static int preferred(ByteBuffer b, int offset, int field, int unknown) {
    boolean valid = (b.get(offset + NSFEAT) & NSFEAT_OPTPERF) != 0;
    return valid ? (b.getShort(offset + field) & 0xFFFF) + 1 : unknown;
  }

  /**
   * Writes preferred sizes, in the units of the accessors; each 1 to 65 536. What is to be aligned
   * to is the same as the granularity.
   */
  public static void writePreferred(
      ByteBuffer b, int offset, int writeBlocks, int deallocateBlocks, int optimalWriteBlocks) {
    b.put(offset + NSFEAT, (byte) (b.get(offset + NSFEAT) | NSFEAT_OPTPERF));
    b.putShort(offset + NPWG, (short) (writeBlocks - 1));
    b.putShort(offset + NPWA, (short) (writeBlocks - 1));
    b.putShort(offset + NPDG, (short) (deallocateBlocks - 1));
    b.putShort(offset + NPDA, (short) (deallocateBlocks - 1));
    b.putShort(offset + NOWS, (short) (optimalWriteBlocks - 1));
  }

  /** MSSRL: the most logical blocks of one source range of Copy; 0 where there is no Copy. */
  public static int copyRangeBlocks(ByteBuffer b, int offset) {
    return b.getShort(offset + MSSRL) & 0xFFFF;
  }

  /** MCL: the most logical blocks of one Copy. */
  public static long copyBlocks(ByteBuffer b, int offset) {
    return b.getInt(offset + MCL) & 0xFFFFFFFFL;
  }

  /** MSRC as a count: the most source ranges of one Copy, 1 to 256. */
  public static int copyRanges(ByteBuffer b, int offset) {
    return (b.get(offset + MSRC) & 0xFF) + 1;
  }

  /** Writes the limits of Copy, in the units of the accessors. */
  public static void writeCopyLimits(
      ByteBuffer b, int offset, int rangeBlocks, int blocks, int ranges) {
    b.putShort(offset + MSSRL, (short) rangeBlocks);
    b.putInt(offset + MCL, blocks);
    b.put(offset + MSRC, (byte) (ranges - 1));
  }

  /** DLFEAT: how deallocated blocks read, and whether Write Zeroes can deallocate. */
  public static int deallocateFeatures(ByteBuffer b, int offset) {
    return b.get(offset + DLFEAT) & 0xFF;
  }

  /** EUI64, held big-endian by the standard; 0 if the namespace has none. */
  public static long eui64(ByteBuffer b, int offset) {
    return Long.reverseBytes(b.getLong(offset + EUI64));
  }

  public static long nguidHigh(ByteBuffer b, int offset) {
    return Long.reverseBytes(b.getLong(offset + NGUID));
  }

  public static long nguidLow(ByteBuffer b, int offset) {
    return Long.reverseBytes(b.getLong(offset + NGUID + 8));
  }

  /**
   * Writes a namespace with one LBA format and no metadata; the rest stays as it is.
   *
   * @param blocks size and capacity in logical blocks
   * @param lbaExponent 9 to 16
   * @param eui64 0 for none
   */
  public static void write(
      ByteBuffer b,
      int offset,
      long blocks,
      int lbaExponent,
      boolean writeProtected,
      int deallocateFeatures,
      long eui64) {
    b.putLong(offset + NSZE, blocks);
    b.putLong(offset + NCAP, blocks);
    b.putLong(offset + NUSE, blocks);
    b.put(offset + NSFEAT, (byte) 0);
    b.put(offset + NLBAF, (byte) 0);
    b.put(offset + FLBAS, (byte) 0);
    b.put(offset + DLFEAT, (byte) deallocateFeatures);
    b.put(offset + NSATTR, (byte) (writeProtected ? 1 : 0));
    b.putLong(offset + EUI64, Long.reverseBytes(eui64));
    b.putInt(offset + LBAF0, lbaExponent << 16);
  }

  private static int lbaFormat(ByteBuffer b, int offset) {
    return b.getInt(offset + LBAF0 + 4 * lbaFormatIndex(b, offset));
  }
}
