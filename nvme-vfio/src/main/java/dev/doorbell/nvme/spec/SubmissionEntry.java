package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * A submission queue entry (NVMe Base 1.4, 4.2, figure 105), 64 bytes, little-endian.
 *
 * <pre>
 *   dword 0     OPC 7:0 | FUSE 9:8 | PSDT 15:14 | CID 31:16
 *   dword 1     NSID
 *   dword 4-5   MPTR
 *   dword 6-7   PRP1
 *   dword 8-9   PRP2
 *   dword 10-15 by command
 * </pre>
 *
 * <p>Every accessor takes a little-endian buffer and the offset of the entry in it.
 */
public final class SubmissionEntry {
  public static final int SIZE_EXPONENT = 6;
  public static final int SIZE = 1 << SIZE_EXPONENT;

  private static final int NSID = 4;
  private static final int CDW2 = 8;
  private static final int MPTR = 16;
  private static final int PRP1 = 24;
  private static final int PRP2 = 32;
  private static final int CDW10 = 40;
  private static final int CDW12 = 48;
  private static final int CDW14 = 56;

  private SubmissionEntry() {}

  /** Writes all sixteen dwords, so that nothing of the entry's earlier use remains. */
  public static void write(
      ByteBuffer buffer,
      int offset,
      int opcodeAndFlags,
      int cid,
      int nsid,
      long prp1,
      long prp2,
      long cdw10and11,
      long cdw12and13,
      long cdw14and15) {
    buffer.putLong(offset, cid << 16 & 0xFFFF0000L | opcodeAndFlags & 0xFFFF | (long) nsid << 32);
    buffer.putLong(offset + CDW2, 0);
    buffer.putLong(offset + MPTR, 0);
    buffer.putLong(offset + PRP1, prp1);
    buffer.putLong(offset + PRP2, prp2);
    buffer.putLong(offset + CDW10, cdw10and11);
    buffer.putLong(offset + CDW12, cdw12and13);
    buffer.putLong(offset + CDW14, cdw14and15);
  }

  public static int opcode(ByteBuffer buffer, int offset) {
    return buffer.get(offset) & 0xFF;
  }

  /** Bits 15:8 of dword 0: FUSE and PSDT; 0 for a normal command with PRPs. */
  public static int flags(ByteBuffer buffer, int offset) {
    return buffer.get(offset + 1);
  }

  /** FUSE: 00b normal, 01b first and 10b second command of a fused operation. */
  public static int fuse(ByteBuffer buffer, int offset) {
    return buffer.get(offset + 1) & 0b11;
  }

  /** PSDT: 00b PRPs, 01b and 10b SGLs. */
  public static int dataPointerType(ByteBuffer buffer, int offset) {
    return buffer.get(offset + 1) >>> 6 & 0b11;
  }

  public static int cid(ByteBuffer buffer, int offset) {
    return buffer.getShort(offset + 2) & 0xFFFF;
  }

  public static int nsid(ByteBuffer buffer, int offset) {
    return buffer.getInt(offset + NSID);
  }

  public static long metadataPointer(ByteBuffer buffer, int offset) {
    return buffer.getLong(offset + MPTR);
  }

  public static long prp1(ByteBuffer buffer, int offset) {
    return buffer.getLong(offset + PRP1);
  }

  public static long prp2(ByteBuffer buffer, int offset) {
    return buffer.getLong(offset + PRP2);
  }

  /**
   * Command dword {@code n}.
   *
   * @param n 10 to 15
   */
  public static int cdw(ByteBuffer buffer, int offset, int n) {
    return buffer.getInt(offset + 4 * n);
  }

  /** Dwords 10 and 11 as one value: the starting LBA of an I/O command. */
  public static long cdw10and11(ByteBuffer buffer, int offset) {
    return buffer.getLong(offset + CDW10);
  }
}
