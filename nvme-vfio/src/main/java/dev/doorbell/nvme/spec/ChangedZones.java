package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * The Changed Zone List log page and its event (Zoned Namespace Command Set 1.1, 4.1.4 and
 * 4.1.3.1), 4096 bytes, little-endian.
 *
 * <pre>
 *   0  number of zone identifiers, 2 bytes; FFFFh if there are more than fit
 *   8  ZSLBA of each zone
 * </pre>
 */
public final class ChangedZones {
  public static final int LOG_PAGE = 0xBF;
  public static final int SIZE = 4096;

  /** Zones that fit. */
  public static final int MAX_ZONES = (SIZE - 8) / Long.BYTES;

  /** Number of identifiers that means: too many to list, report the zones. */
  public static final int OVERFLOW = 0xFFFF;

  /** Bit 27 of Asynchronous Event Configuration and of OAES: Zone Descriptor Changed Notices. */
  public static final int EVENT_CONFIGURATION = 1 << 27;

  /** Asynchronous Event Type: Notice. */
  public static final int EVENT_TYPE = 0x2;

  /** Asynchronous Event Information: Zone Descriptor Changed. */
  public static final int EVENT_INFORMATION = 0xEF;

  private ChangedZones() {}

  /** How many zones are listed, or {@link #OVERFLOW}. */
  public static int count(ByteBuffer b, int offset) {
    return b.getShort(offset) & 0xFFFF;
  }

  /** ZSLBA of the listed zone {@code i}. */
  public static long zone(ByteBuffer b, int offset, int i) {
    return b.getLong(offset + Long.BYTES * (i + 1));
  }

  public static void writeCount(ByteBuffer b, int offset, int count) {
    b.putShort(offset, (short) count);
  }

  public static void writeZone(ByteBuffer b, int offset, int i, long zslba) {
    b.putLong(offset + Long.BYTES * (i + 1), zslba);
  }
}
