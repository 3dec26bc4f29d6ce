package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * Identify data of the Zoned Namespace Command Set (revision 1.1, 4.1.5): of a namespace (CNS 05h)
 * and of a controller (CNS 06h), 4096 bytes each, and the I/O command sets of CNS 1Ch.
 *
 * <p>Every accessor takes a little-endian buffer and the offset of the structure in it.
 */
public final class IdentifyZoned {
  /** CNS 05h: Identify Namespace of a command set. */
  public static final int CNS_NAMESPACE = 0x05;

  /** CNS 06h: Identify Controller of a command set. */
  public static final int CNS_CONTROLLER = 0x06;

  /** CNS 1Ch: combinations of I/O command sets. */
  public static final int CNS_COMMAND_SETS = 0x1C;

  /** CSI: the NVM Command Set. */
  public static final int CSI_NVM = 0x00;

  /** CSI: the Zoned Namespace Command Set. */
  public static final int CSI_ZONED = 0x02;

  /** Namespace Identification Descriptor type of CNS 03h: the command set, one byte. */
  public static final int NIDT_CSI = 4;

  /** CC.CSS and the bit of CAP.CSS: all I/O command sets that Identify tells of. */
  public static final int CSS_ALL = 6;

  /** MAR and MOR: no limit. */
  public static final int NO_LIMIT = 0;

  /** Unit of a zone descriptor extension's size in bytes. */
  public static final int EXTENSION_UNIT = 64;

  private static final int OZCS = 2;
  private static final int MAR = 4;
  private static final int MOR = 8;
  private static final int LBAFE0 = 2816;
  private static final int LBAFE_SIZE = 16;
  private static final int ZDES = 8;

  private IdentifyZoned() {}

  /** Dword 11 of Identify for a command set. */
  public static int cdw11(int csi) {
    return csi << 24;
  }

  /** CSI of dword 11. */
  public static int csi(int cdw11) {
    return cdw11 >>> 24;
  }

  /** OZCS bit 0: whether a read may cross zones. */
  public static boolean readAcrossZones(ByteBuffer b, int offset) {
    return (b.get(offset + OZCS) & 1) != 0;
  }

  /** MAR as a count, or {@link #NO_LIMIT}; the standard holds it zero-based, FFFFFFFFh for none. */
  public static int maxActive(ByteBuffer b, int offset) {
    return b.getInt(offset + MAR) + 1;
  }

  /** MOR as a count, or {@link #NO_LIMIT}. */
  public static int maxOpen(ByteBuffer b, int offset) {
    return b.getInt(offset + MOR) + 1;
  }

  /**
   * ZSZE: blocks from one zone's start to the next.
   *
   * @param format index of the LBA format in use
   */
  public static long zoneBlocks(ByteBuffer b, int offset, int format) {
    return b.getLong(offset + LBAFE0 + LBAFE_SIZE * format);
  }

  /** ZDES as bytes. */
  public static int extensionBytes(ByteBuffer b, int offset, int format) {
    return (b.get(offset + LBAFE0 + LBAFE_SIZE * format + ZDES) & 0xFF) * EXTENSION_UNIT;
  }

  /**
   * Writes the namespace data for LBA format 0; the rest stays as it is.
   *
   * @param maxActive count, or {@link #NO_LIMIT}
   * @param maxOpen count, or {@link #NO_LIMIT}
   * @param extensionBytes a multiple of {@link #EXTENSION_UNIT} below 256 times it
   */
  public static void writeNamespace(
      ByteBuffer b,
      int offset,
      boolean readAcrossZones,
      int maxActive,
      int maxOpen,
      long zoneBlocks,
      int extensionBytes) {
    b.putShort(offset + OZCS, (short) (readAcrossZones ? 1 : 0));
    b.putInt(offset + MAR, maxActive - 1);
    b.putInt(offset + MOR, maxOpen - 1);
    b.putLong(offset + LBAFE0, zoneBlocks);
    b.put(offset + LBAFE0 + ZDES, (byte) (extensionBytes / EXTENSION_UNIT));
  }

  /**
   * ZASL: the largest Zone Append as a power of two of the minimum memory page size; 0 for that of
   * any transfer (MDTS).
   */
  public static int appendLimit(ByteBuffer b, int offset) {
    return b.get(offset) & 0xFF;
  }

  public static void writeAppendLimit(ByteBuffer b, int offset, int exponent) {
    b.put(offset, (byte) exponent);
  }
}
