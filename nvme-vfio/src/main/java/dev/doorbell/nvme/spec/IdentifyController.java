package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Identify Controller data, CNS 01h (NVMe Base 1.4, 5.15.2.2, figure 247), 4096 bytes.
 *
 * <p>Every accessor takes a little-endian buffer and the offset of the structure in it.
 */
public final class IdentifyController {
  public static final int SIZE = 4096;

  private static final int VID = 0;
  private static final int SSVID = 2;
  private static final int SN = 4;
  private static final int SN_LENGTH = 20;
  private static final int MN = 24;
  private static final int MN_LENGTH = 40;
  private static final int FR = 64;
  private static final int FR_LENGTH = 8;
  private static final int MDTS = 77;
  private static final int CNTLID = 78;
  private static final int VER = 80;
  private static final int OAES = 92;
  private static final int OACS = 256;
  private static final int ACL = 258;
  private static final int AERL = 259;
  private static final int LPA = 261;
  private static final int ELPE = 262;
  private static final int SQES = 512;
  private static final int CQES = 513;
  private static final int NN = 516;
  private static final int ONCS = 520;
  private static final int FUSES = 522;
  private static final int VWC = 525;
  private static final int AWUN = 526;
  private static final int AWUPF = 528;
  private static final int SGLS = 536;
  private static final int SUBNQN = 768;
  private static final int SUBNQN_LENGTH = 256;

  private IdentifyController() {}

  public static int vendorId(ByteBuffer b, int offset) {
    return b.getShort(offset + VID) & 0xFFFF;
  }

  public static String serialNumber(ByteBuffer b, int offset) {
    return ascii(b, offset + SN, SN_LENGTH);
  }

  public static String modelNumber(ByteBuffer b, int offset) {
    return ascii(b, offset + MN, MN_LENGTH);
  }

  public static String firmwareRevision(ByteBuffer b, int offset) {
    return ascii(b, offset + FR, FR_LENGTH);
  }

  /**
   * MDTS: the largest data transfer as a power of two of the <em>minimum</em> memory page size
   * (CAP.MPSMIN); 0 means no limit.
   */
  public static int mdts(ByteBuffer b, int offset) {
    return b.get(offset + MDTS) & 0xFF;
  }

  public static int controllerId(ByteBuffer b, int offset) {
    return b.getShort(offset + CNTLID) & 0xFFFF;
  }

  public static int version(ByteBuffer b, int offset) {
    return b.getInt(offset + VER);
  }

  /** Abort Command Limit as a count, 1 to 256. */
  public static int abortLimit(ByteBuffer b, int offset) {
    return (b.get(offset + ACL) & 0xFF) + 1;
  }

  /** Number of namespaces: the largest valid NSID. */
  public static int namespaceCount(ByteBuffer b, int offset) {
    return b.getInt(offset + NN);
  }

  /** ONCS: optional NVM commands supported. */
  public static int optionalCommands(ByteBuffer b, int offset) {
    return b.getShort(offset + ONCS) & 0xFFFF;
  }

  /** OACS: optional admin commands supported. */
  public static int optionalAdminCommands(ByteBuffer b, int offset) {
    return b.getShort(offset + OACS) & 0xFFFF;
  }

  /** OAES: optional asynchronous events supported, bits as in {@link AsyncEvent}. */
  public static int optionalEvents(ByteBuffer b, int offset) {
    return b.getInt(offset + OAES);
  }

  /** Asynchronous Event Request Limit as a count, 1 to 256. */
  public static int asyncEventLimit(ByteBuffer b, int offset) {
    return (b.get(offset + AERL) & 0xFF) + 1;
  }

  /** LPA bit 1: whether there is the Commands Supported and Effects log page. */
  public static boolean commandsSupportedLog(ByteBuffer b, int offset) {
    return (b.get(offset + LPA) & 1 << 1) != 0;
  }

  /** ELPE as a count: entries of the Error Information log page, 1 to 256. */
  public static int errorLogEntries(ByteBuffer b, int offset) {
    return (b.get(offset + ELPE) & 0xFF) + 1;
  }

  /** FUSES: fused operations supported. */
  public static int fusedOperations(ByteBuffer b, int offset) {
    return b.getShort(offset + FUSES) & 0xFFFF;
  }

  /** VWC bit 0: whether a volatile write cache is present. */
  public static boolean volatileWriteCache(ByteBuffer b, int offset) {
    return (b.get(offset + VWC) & 1) != 0;
  }

  /** AWUN as a count of blocks written atomically in normal operation, 1 to 65 536. */
  public static int atomicWriteUnitNormal(ByteBuffer b, int offset) {
    return (b.getShort(offset + AWUN) & 0xFFFF) + 1;
  }

  /** AWUPF as a count of blocks written atomically across a power failure, 1 to 65 536. */
  public static int atomicWriteUnitPowerFail(ByteBuffer b, int offset) {
    return (b.getShort(offset + AWUPF) & 0xFFFF) + 1;
  }

  /** Bits 3:0 and 7:4 of SQES: the required and the largest submission entry size exponents. */
  public static int submissionEntrySizes(ByteBuffer b, int offset) {
    return b.get(offset + SQES) & 0xFF;
  }

  public static int completionEntrySizes(ByteBuffer b, int offset) {
    return b.get(offset + CQES) & 0xFF;
  }

  public static String subsystemName(ByteBuffer b, int offset) {
    return text(b, offset + SUBNQN, SUBNQN_LENGTH, StandardCharsets.UTF_8);
  }

  /** Writes the fields a controller with the NVM command set must fill; the rest stays as it is. */
  public static void write(ByteBuffer b, int offset, Fields f) {
    b.putShort(offset + VID, (short) f.vendorId());
    b.putShort(offset + SSVID, (short) f.vendorId());
    putAscii(b, offset + SN, SN_LENGTH, f.serialNumber());
    putAscii(b, offset + MN, MN_LENGTH, f.modelNumber());
    putAscii(b, offset + FR, FR_LENGTH, f.firmwareRevision());
    b.put(offset + MDTS, (byte) f.mdts());
    b.putShort(offset + CNTLID, (short) f.controllerId());
    b.putInt(offset + VER, f.version());
    b.put(offset + ACL, (byte) (f.abortLimit() - 1));
    b.put(offset + AERL, (byte) (f.asyncEventLimit() - 1));
    b.put(offset + SQES, (byte) (SubmissionEntry.SIZE_EXPONENT * 0x11));
    b.put(offset + CQES, (byte) (CompletionEntry.SIZE_EXPONENT * 0x11));
    b.putInt(offset + NN, f.namespaceCount());
    b.putShort(offset + ONCS, (short) f.optionalCommands());
    b.putShort(offset + FUSES, (short) 0);
    b.put(offset + VWC, (byte) (f.volatileWriteCache() ? 1 : 0));
    b.putShort(offset + AWUN, (short) (f.atomicWriteUnit() - 1));
    b.putShort(offset + AWUPF, (short) (f.atomicWriteUnitPowerFail() - 1));
    b.putInt(offset + SGLS, 0);
    putName(b, offset + SUBNQN, SUBNQN_LENGTH, f.subsystemName());
  }

  /**
   * Writes what a controller may offer beyond {@link #write}; each is 0 where it is not called.
   *
   * @param adminCommands OACS
   * @param events OAES
   * @param fusedOperations FUSES
   * @param flushBehaviour bits 2:1 of VWC: 00b not told, 10b Flush refuses the broadcast NSID, 11b
   *     it takes it
   */
  public static void writeOptions(
      ByteBuffer b,
      int offset,
      int adminCommands,
      int events,
      int fusedOperations,
      int flushBehaviour) {
    b.putShort(offset + OACS, (short) adminCommands);
    b.putInt(offset + OAES, events);
    b.putShort(offset + FUSES, (short) fusedOperations);
    b.put(offset + VWC, (byte) (b.get(offset + VWC) & 1 | flushBehaviour << 1));
  }

  /**
   * What {@link #write} fills in; units and ranges are those of the accessor of the same name.
   *
   * @param asyncEventLimit Asynchronous Event Requests outstanding at most, 1 to 256
   * @param atomicWriteUnit AWUN as a count of blocks
   */
  public record Fields(
      int vendorId,
      String serialNumber,
      String modelNumber,
      String firmwareRevision,
      int mdts,
      int controllerId,
      int version,
      int abortLimit,
      int asyncEventLimit,
      int namespaceCount,
      int optionalCommands,
      boolean volatileWriteCache,
      int atomicWriteUnit,
      int atomicWriteUnitPowerFail,
      String subsystemName) {}

  /** ASCII fields are left justified and padded with spaces (1.8, ASCII strings). */
  private static void putAscii(ByteBuffer b, int offset, int length, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < length; i++) {
      b.put(offset + i, i < bytes.length ? bytes[i] : (byte) ' ');
    }
  }

  /**
   * A qualified name is UTF-8 and ends with a zero byte (7.9), also over an earlier, longer one.
   */
  private static void putName(ByteBuffer b, int offset, int length, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < length; i++) {
      b.put(offset + i, i < bytes.length && i < length - 1 ? bytes[i] : 0);
    }
  }

  private static String ascii(ByteBuffer b, int offset, int length) {
    return text(b, offset, length, StandardCharsets.US_ASCII);
  }

  private static String text(ByteBuffer b, int offset, int length, Charset charset) {
    byte[] bytes = new byte[length];
    b.get(offset, bytes);
    int end = 0;
    while (end < length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, charset).strip();
  }
}
