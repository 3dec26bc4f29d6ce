package dev.doorbell.emulated.zoned;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The zone metadata file: two halves, of which one is in force, each with a journal of what has
 * changed since it was written. Everything is little-endian and in sectors of 512 bytes, which a
 * disk writes whole or not at all.
 *
 * <pre>
 *   0      header of half 0, one sector, and zeros up to 4096
 *   4096   header of half 1
 *   8192   body of half 0: per zone its descriptor, then per zone its descriptor extension
 *          body of half 1
 *          journal of half 0
 *          journal of half 1
 *
 *   header     0 magic | 4 version | 8 CRC | 12 state | 16 generation | 24 sequence number
 *              32 zone size | 40 zone capacity | 48 zones | 52 block size | 56 extension bytes
 *              60 offline zones | 64 read-only zones | 68 implicitly open | 72 explicitly open
 *              76 closed | 80 full | 84 CRC of the body | 88 sectors of a journal
 *   zone       the 32 bytes of its descriptor, then 8 bytes: end of its data
 *   journal    sectors: 0 CRC | 4 magic | 8 sequence number | 16 part | 20 parts | 24 bytes used
 *   record     0 zone | 4 kind or condition | 5 attributes | 6 offset in the extension / 64
 *              a zone: 8 write pointer | 16 end of data; an extension: 8 64 bytes
 *              the numbers of zones: 8 implicitly open | 12 explicitly open | 16 closed | 20 full
 * </pre>
 *
 * <p>CRCs are CRC-32C of the rest of the sector. Halves alternate: the higher generation is in
 * force. While one is being rewritten its header says so, so that a torn rewrite is told from
 * damage. A transaction is in force once all of its sectors are there; one whose sectors are there
 * in part was torn, if it is the last, and everything else in a journal is damage.
 */
final class ZoneMetaLayout {
  static final int MAGIC = 0x455A4244;
  static final int VERSION = 1;
  static final int SECTOR = 512;
  static final int PAGE = 4096;

  /** Bytes of a zone in the body. */
  static final int ZONE = 64;

  static final int ZONE_DATA_END = 32;

  /** Never written yet. */
  static final int STATE_NONE = 0;

  /** Complete. */
  static final int STATE_VALID = 1;

  /** Being rewritten: its body and journal mean nothing. */
  static final int STATE_WRITING = 2;

  static final int HEADER_MAGIC = 0;
  static final int HEADER_VERSION = 4;
  static final int HEADER_CRC = 8;
  static final int HEADER_STATE = 12;
  static final int HEADER_GENERATION = 16;
  static final int HEADER_SEQUENCE = 24;
  static final int HEADER_ZONE_SIZE = 32;
  static final int HEADER_ZONE_CAPACITY = 40;
  static final int HEADER_ZONES = 48;
  static final int HEADER_BLOCK_SIZE = 52;
  static final int HEADER_EXTENSION = 56;
  static final int HEADER_OFFLINE = 60;
  static final int HEADER_READ_ONLY = 64;
  static final int HEADER_COUNTS = 68;
  static final int HEADER_BODY_CRC = 84;
  static final int HEADER_JOURNAL_SECTORS = 88;

  static final int JOURNAL_MAGIC = 0x4C4E524A;
  static final int JOURNAL_CRC = 0;
  static final int JOURNAL_MAGIC_AT = 4;
  static final int JOURNAL_SEQUENCE = 8;
  static final int JOURNAL_PART = 16;
  static final int JOURNAL_PARTS = 20;
  static final int JOURNAL_USED = 24;
  static final int JOURNAL_HEAD = 32;

  static final int RECORD_ZONE = 0;
  static final int RECORD_KIND = 4;
  static final int RECORD_ATTRIBUTES = 5;
  static final int RECORD_CHUNK = 6;
  static final int RECORD_BODY = 8;

  /** Kinds beside the conditions of zones, which are below 10h. */
  static final int KIND_EXTENSION = 0x20;

  static final int KIND_COUNTS = 0x30;

  static final int STATE_RECORD = 24;
  static final int CHUNK = 64;
  static final int CHUNK_RECORD = RECORD_BODY + CHUNK;

  private ZoneMetaLayout() {}

  /** Bytes of a body. */
  static long bodyBytes(ZoneGeometry g) {
    return (long) g.zones() * (ZONE + g.extensionBytes());
  }

  static long headerAt(int half) {
    return (long) half * PAGE;
  }

  static long bodyAt(ZoneGeometry g, int half) {
    return 2L * PAGE + half * roundUp(bodyBytes(g));
  }

  static long journalAt(ZoneGeometry g, int half, int sectors) {
    return bodyAt(g, 2) + (long) half * sectors * SECTOR;
  }

  static long fileBytes(ZoneGeometry g, int sectors) {
    return journalAt(g, 2, sectors);
  }

  /**
   * CRC of {@code length} bytes from {@code at} on, with the four bytes at {@code hole} as zeros.
   */
  static int crc(ByteBuffer b, int at, int length, int hole) {
    CRC32C crc = new CRC32C();
    if (hole < 0) {
      crc.update(b.duplicate().position(at).limit(at + length));
      return (int) crc.getValue();
    }
    crc.update(b.duplicate().position(at).limit(hole));
    for (int i = 0; i < Integer.BYTES; i++) {
      crc.update(0);
    }
    crc.update(b.duplicate().position(hole + Integer.BYTES).limit(at + length));
    return (int) crc.getValue();
  }

  private static long roundUp(long bytes) {
    return (bytes + PAGE - 1) / PAGE * PAGE;
  }
}
