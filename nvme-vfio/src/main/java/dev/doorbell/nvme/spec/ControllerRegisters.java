package dev.doorbell.nvme.spec;

/**
 * Controller registers, at the start of BAR0 (NVMe Base 1.4, 3.1).
 *
 * <pre>
 *   0000h  CAP    8  capabilities
 *   0008h  VS     4  version
 *   000Ch  INTMS  4  interrupt mask set
 *   0010h  INTMC  4  interrupt mask clear
 *   0014h  CC     4  configuration
 *   001Ch  CSTS   4  status
 *   0020h  NSSR   4  NVM subsystem reset
 *   0024h  AQA    4  admin queue attributes
 *   0028h  ASQ    8  admin submission queue base address
 *   0030h  ACQ    8  admin completion queue base address
 *   1000h  doorbells, in strides of 4 &lt;&lt; CAP.DSTRD bytes
 * </pre>
 */
public final class ControllerRegisters {
  public static final int CAP = 0x00;
  public static final int VS = 0x08;
  public static final int INTMS = 0x0C;
  public static final int INTMC = 0x10;
  public static final int CC = 0x14;
  public static final int CSTS = 0x1C;
  public static final int NSSR = 0x20;
  public static final int AQA = 0x24;
  public static final int ASQ = 0x28;
  public static final int ACQ = 0x30;
  public static final int DOORBELLS = 0x1000;

  public static final int CC_ENABLE = 1;
  public static final int CC_SHN_MASK = 0b11 << 14;
  public static final int CC_SHN_NORMAL = 0b01 << 14;
  public static final int CC_SHN_ABRUPT = 0b10 << 14;
  public static final int CC_MPS_MASK = 0xF << 7;
  public static final int CC_CSS_MASK = 0x7 << 4;

  public static final int CSTS_READY = 1;
  public static final int CSTS_FATAL = 1 << 1;
  public static final int CSTS_SHST_MASK = 0b11 << 2;
  public static final int CSTS_SHST_NORMAL = 0b00 << 2;
  public static final int CSTS_SHST_OCCURRING = 0b01 << 2;
  public static final int CSTS_SHST_COMPLETE = 0b10 << 2;

  /** CC.CSS value: the NVM command set. */
  public static final int CSS_NVM = 0;

  private ControllerRegisters() {}

  /** CAP.MQES as a count: the most entries an I/O queue may have, 2 to 65 536. */
  public static int capMaxQueueEntries(long cap) {
    return (int) (cap & 0xFFFF) + 1;
  }

  /** CAP.CQR: whether queues must be physically contiguous. */
  public static boolean capContiguousQueuesRequired(long cap) {
    return (cap >>> 16 & 1) != 0;
  }

  /** CAP.TO as milliseconds: the longest the controller takes for CSTS.RDY to follow CC.EN. */
  public static int capTimeoutMillis(long cap) {
    return (int) (cap >>> 24 & 0xFF) * 500;
  }

  /** CAP.DSTRD as bytes between two doorbells. */
  public static int capDoorbellStride(long cap) {
    return 4 << (int) (cap >>> 32 & 0xF);
  }

  /** CAP.CSS: the bits of the command sets supported; bit 0 is the NVM command set. */
  public static int capCommandSets(long cap) {
    return (int) (cap >>> 37 & 0xFF);
  }

  /** CAP.MPSMIN as bytes: the smallest memory page the host may choose. */
  public static int capMinPageSize(long cap) {
    return 1 << 12 + (int) (cap >>> 48 & 0xF);
  }

  /** CAP.MPSMAX as bytes: the largest memory page the host may choose. */
  public static int capMaxPageSize(long cap) {
    return 1 << 12 + (int) (cap >>> 52 & 0xF);
  }

  /**
   * Builds CAP.
   *
   * @param maxQueueEntries 2 to 65 536
   * @param timeoutUnits CAP.TO in units of 500 ms, 0 to 255
   * @param doorbellStrideExponent CAP.DSTRD, 0 to 15
   * @param commandSets CAP.CSS bits
   * @param minPageExponent CAP.MPSMIN, 0 to 15
   * @param maxPageExponent CAP.MPSMAX, 0 to 15
   */
  public static long cap(
      int maxQueueEntries,
      int timeoutUnits,
      int doorbellStrideExponent,
      int commandSets,
      int minPageExponent,
      int maxPageExponent) {
    return (long) (maxQueueEntries - 1)
        | 1L << 16
        | (long) timeoutUnits << 24
        | (long) doorbellStrideExponent << 32
        | (long) commandSets << 37
        | (long) minPageExponent << 48
        | (long) maxPageExponent << 52;
  }

  /**
   * Builds CC with CC.EN set, round robin arbitration, and the entry sizes of the NVM command set.
   *
   * @param pageSize memory page size in bytes, a power of two from 4096
   * @param commandSet CC.CSS, {@link #CSS_NVM}
   */
  public static int ccEnabled(int pageSize, int commandSet) {
    int mps = Integer.numberOfTrailingZeros(pageSize) - 12;
    return CompletionEntry.SIZE_EXPONENT << 20
        | SubmissionEntry.SIZE_EXPONENT << 16
        | mps << 7
        | commandSet << 4
        | CC_ENABLE;
  }

  /** CC.MPS as bytes. */
  public static int ccPageSize(int cc) {
    return 1 << 12 + (cc >>> 7 & 0xF);
  }

  /** CC.CSS. */
  public static int ccCommandSet(int cc) {
    return cc >>> 4 & 0x7;
  }

  /** CC.IOSQES: exponent of the I/O submission queue entry size. */
  public static int ccSubmissionEntryExponent(int cc) {
    return cc >>> 16 & 0xF;
  }

  /** CC.IOCQES: exponent of the I/O completion queue entry size. */
  public static int ccCompletionEntryExponent(int cc) {
    return cc >>> 20 & 0xF;
  }

  /** Builds AQA from entry counts of 2 to 4096; the register holds them zero-based. */
  public static int aqa(int submissionEntries, int completionEntries) {
    return (completionEntries - 1) << 16 | submissionEntries - 1;
  }

  /** AQA.ASQS as a count. */
  public static int aqaSubmissionEntries(int aqa) {
    return (aqa & 0xFFF) + 1;
  }

  /** AQA.ACQS as a count. */
  public static int aqaCompletionEntries(int aqa) {
    return (aqa >>> 16 & 0xFFF) + 1;
  }

  /** Offset of the tail doorbell of submission queue {@code qid} (3.1.24). */
  public static int submissionDoorbell(int qid, int stride) {
    return DOORBELLS + 2 * qid * stride;
  }

  /** Offset of the head doorbell of completion queue {@code qid} (3.1.25). */
  public static int completionDoorbell(int qid, int stride) {
    return DOORBELLS + (2 * qid + 1) * stride;
  }

  /** VS as text, for example {@code 1.4.0}. */
  public static String version(int vs) {
    return (vs >>> 16) + "." + (vs >>> 8 & 0xFF) + "." + (vs & 0xFF);
  }
}
