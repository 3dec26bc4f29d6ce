package dev.doorbell.nvme.spec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A completion queue entry (NVMe Base 1.4, 4.6, figure 121), 16 bytes, little-endian.
 *
 * <pre>
 *   dword 0  command specific result
 *   dword 1  by command
 *   dword 2  SQHD 15:0 | SQID 31:16
 *   dword 3  CID 15:0 | P 16 | status field 31:17
 * </pre>
 *
 * <p>Dword 3 carries the phase tag, the command identifier and the status together: one acquire
 * load decides whether the entry is new and orders the reads of dwords 0 to 2 after it; one release
 * store by the controller publishes it. The entry must be aligned to 16 bytes.
 */
public final class CompletionEntry {
  public static final int SIZE_EXPONENT = 4;
  public static final int SIZE = 1 << SIZE_EXPONENT;

  private static final int DW1 = 4;
  private static final int DW2 = 8;
  private static final int DW3 = 12;

  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private CompletionEntry() {}

  /** Acquire load of dword 3. */
  public static int dw3Acquire(ByteBuffer buffer, int offset) {
    return (int) INT.getAcquire(buffer, offset + DW3);
  }

  /** The phase tag of dword 3: 0 or 1. */
  public static int phase(int dw3) {
    return dw3 >>> 16 & 1;
  }

  public static int cid(int dw3) {
    return dw3 & 0xFFFF;
  }

  /** The status field of dword 3 without the phase tag, as {@link Status} reads it. */
  public static int status(int dw3) {
    return dw3 >>> 17;
  }

  /** Dword 0: the command specific result. */
  public static int result(ByteBuffer buffer, int offset) {
    return buffer.getInt(offset);
  }

  /** Dwords 0 and 1 as one value: the LBA that Zone Append wrote, for example. */
  public static long result64(ByteBuffer buffer, int offset) {
    return buffer.getLong(offset);
  }

  public static int submissionQueueHead(ByteBuffer buffer, int offset) {
    return buffer.getShort(offset + DW2) & 0xFFFF;
  }

  public static int submissionQueueId(ByteBuffer buffer, int offset) {
    return buffer.getShort(offset + DW2 + 2) & 0xFFFF;
  }

  /** Writes an entry as the controller does: dwords 0 to 2 first, dword 3 by a release store. */
  public static void write(
      ByteBuffer buffer,
      int offset,
      long result64,
      int sqHead,
      int sqId,
      int cid,
      int status,
      int phase) {
    buffer.putInt(offset, (int) result64);
    buffer.putInt(offset + DW1, (int) (result64 >>> 32));
    buffer.putInt(offset + DW2, sqHead & 0xFFFF | sqId << 16);
    // Release: whoever sees the new phase tag also sees dwords 0 to 2 and the data transferred.
    INT.setRelease(buffer, offset + DW3, cid & 0xFFFF | phase << 16 | status << 17);
  }
}
