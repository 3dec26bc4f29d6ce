package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * A report of zones: its header and the zone descriptors in it (Zoned Namespace Command Set 1.1,
 * 3.4.2.2, figures 41 to 44), 64 bytes each, little-endian.
 *
 * <pre>
 *   header      0  number of zones, 8 bytes
 *   descriptor  0  ZT 3:0 | 1  ZS 7:4 | 2  attributes | 8 ZCAP | 16 ZSLBA | 24 WP
 * </pre>
 */
public final class ZoneDescriptor {
  public static final int SIZE = 64;
  public static final int HEADER_SIZE = 64;

  /** ZT: Sequential Write Required. */
  public static final int TYPE_SEQUENTIAL_WRITE_REQUIRED = 0x2;

  /** Attributes bit 0, ZFC: the controller has finished the zone on its own. */
  public static final int ATTRIBUTE_FINISHED_BY_CONTROLLER = 1;

  /** Attributes bit 7, ZDEV: the descriptor extension is valid. */
  public static final int ATTRIBUTE_EXTENSION_VALID = 1 << 7;

  /** WP of a zone whose condition gives it none: full, read only, offline. */
  public static final long NO_WRITE_POINTER = -1;

  private static final int ZT = 0;
  private static final int ZS = 1;
  private static final int ZA = 2;
  private static final int ZCAP = 8;
  private static final int ZSLBA = 16;
  private static final int WP = 24;

  private ZoneDescriptor() {}

  /** Number of zones of the report's header. */
  public static long count(ByteBuffer b, int offset) {
    return b.getLong(offset);
  }

  public static void writeHeader(ByteBuffer b, int offset, long count) {
    b.putLong(offset, count);
    for (int i = Long.BYTES; i < HEADER_SIZE; i += Long.BYTES) {
      b.putLong(offset + i, 0);
    }
  }

  public static int type(ByteBuffer b, int offset) {
    return b.get(offset + ZT) & 0xF;
  }

  /** ZS, of which {@link ZoneCondition#ofCode} makes a condition. */
  public static int condition(ByteBuffer b, int offset) {
    return b.get(offset + ZS) >>> 4 & 0xF;
  }

  public static int attributes(ByteBuffer b, int offset) {
    return b.get(offset + ZA) & 0xFF;
  }

  /** Blocks of the zone that can be written. */
  public static long capacity(ByteBuffer b, int offset) {
    return b.getLong(offset + ZCAP);
  }

  /** First LBA of the zone. */
  public static long start(ByteBuffer b, int offset) {
    return b.getLong(offset + ZSLBA);
  }

  /** The LBA to be written next. */
  public static long writePointer(ByteBuffer b, int offset) {
    return b.getLong(offset + WP);
  }

  /** Writes all 64 bytes of a descriptor of type {@link #TYPE_SEQUENTIAL_WRITE_REQUIRED}. */
  public static void write(
      ByteBuffer b,
      int offset,
      ZoneCondition condition,
      int attributes,
      long capacity,
      long start,
      long writePointer) {
    b.putLong(
        offset,
        TYPE_SEQUENTIAL_WRITE_REQUIRED
            | (long) condition.code() << 12
            | (attributes & 0xFFL) << 16);
    b.putLong(offset + ZCAP, capacity);
    b.putLong(offset + ZSLBA, start);
    b.putLong(offset + WP, writePointer);
    for (int i = WP + Long.BYTES; i < SIZE; i += Long.BYTES) {
      b.putLong(offset + i, 0);
    }
  }
}
