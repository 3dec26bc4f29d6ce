package dev.doorbell.nvme.spec;

/**
 * Dwords of Create and Delete I/O Completion and Submission Queue (NVMe Base 1.4, 5.3 to 5.6).
 *
 * <pre>
 *   dword 10  QID 15:0 | QSIZE 31:16 (zero-based)
 *   dword 11  CQ: PC 0 | IEN 1 | IV 31:16      SQ: PC 0 | QPRIO 2:1 | CQID 31:16
 * </pre>
 */
public final class QueueCommand {
  private static final int PHYSICALLY_CONTIGUOUS = 1;
  private static final int INTERRUPTS_ENABLED = 1 << 1;

  private QueueCommand() {}

  /** Dword 10 of both creates. {@code entries} is a count, 2 to 65 536. */
  public static int cdw10(int qid, int entries) {
    return entries - 1 << 16 | qid & 0xFFFF;
  }

  /** Dword 11 of Create I/O Completion Queue; a negative vector leaves interrupts off. */
  public static int completionCdw11(int vector) {
    return vector < 0
        ? PHYSICALLY_CONTIGUOUS
        : vector << 16 | INTERRUPTS_ENABLED | PHYSICALLY_CONTIGUOUS;
  }

  /** Dword 11 of Create I/O Submission Queue. */
  public static int submissionCdw11(int completionQid) {
    return completionQid << 16 | PHYSICALLY_CONTIGUOUS;
  }

  public static int qid(int cdw10) {
    return cdw10 & 0xFFFF;
  }

  public static int entries(int cdw10) {
    return (cdw10 >>> 16) + 1;
  }

  public static boolean contiguous(int cdw11) {
    return (cdw11 & PHYSICALLY_CONTIGUOUS) != 0;
  }

  public static boolean interruptsEnabled(int cdw11) {
    return (cdw11 & INTERRUPTS_ENABLED) != 0;
  }

  /** Interrupt vector of Create I/O Completion Queue. */
  public static int vector(int cdw11) {
    return cdw11 >>> 16;
  }

  /** Completion queue of Create I/O Submission Queue. */
  public static int completionQid(int cdw11) {
    return cdw11 >>> 16;
  }
}
