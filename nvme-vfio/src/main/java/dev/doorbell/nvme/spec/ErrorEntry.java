package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * An entry of the Error Information log page (NVMe Base 1.4, 5.14.1.1, figure 195), 64 bytes,
 * little-endian. The page holds ELPE of them, the latest first; an error count of 0 marks an unused
 * one.
 */
public final class ErrorEntry {
  public static final int SIZE = LogPage.ERROR_ENTRY_SIZE;

  private ErrorEntry() {}

  /** A number that counts up over the life of the controller; 0 for no entry. */
  public static long errorCount(ByteBuffer b, int offset) {
    return b.getLong(offset);
  }

  public static int submissionQueueId(ByteBuffer b, int offset) {
    return b.getShort(offset + 8) & 0xFFFF;
  }

  public static int commandId(ByteBuffer b, int offset) {
    return b.getShort(offset + 10) & 0xFFFF;
  }

  /** As {@link Status} reads it. */
  public static int status(ByteBuffer b, int offset) {
    return (b.getShort(offset + 12) & 0xFFFF) >>> 1;
  }

  public static long lba(ByteBuffer b, int offset) {
    return b.getLong(offset + 16);
  }

  public static int namespaceId(ByteBuffer b, int offset) {
    return b.getInt(offset + 24);
  }
}
