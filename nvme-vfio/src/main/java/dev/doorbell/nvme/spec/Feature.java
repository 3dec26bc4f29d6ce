package dev.doorbell.nvme.spec;

/** Feature identifiers and their dword 11 (NVMe Base 1.4, 5.21.1, figure 271). */
public final class Feature {
  public static final int ARBITRATION = 0x01;
  public static final int POWER_MANAGEMENT = 0x02;
  public static final int TEMPERATURE_THRESHOLD = 0x04;
  public static final int ERROR_RECOVERY = 0x05;
  public static final int VOLATILE_WRITE_CACHE = 0x06;
  public static final int NUMBER_OF_QUEUES = 0x07;
  public static final int INTERRUPT_COALESCING = 0x08;
  public static final int INTERRUPT_VECTOR_CONFIGURATION = 0x09;
  public static final int WRITE_ATOMICITY = 0x0A;
  public static final int ASYNC_EVENT_CONFIGURATION = 0x0B;

  /** SEL of Get Features: the current value. */
  public static final int SELECT_CURRENT = 0;

  public static final int SELECT_DEFAULT = 1;
  public static final int SELECT_SAVED = 2;
  public static final int SELECT_SUPPORTED = 3;

  /** WCE, bit 0 of the Volatile Write Cache feature. */
  public static final int WRITE_CACHE_ENABLE = 1;

  private Feature() {}

  public static int id(int cdw10) {
    return cdw10 & 0xFF;
  }

  /** SEL of Get Features. */
  public static int select(int cdw10) {
    return cdw10 >>> 8 & 0x7;
  }

  /** SV of Set Features: keep the value across power cycles and resets. */
  public static boolean save(int cdw10) {
    return cdw10 < 0;
  }

  /**
   * Number of Queues, dword 11 of the request and dword 0 of the answer; counts of I/O queues, 1 to
   * 65 535.
   */
  public static int numberOfQueues(int submissionQueues, int completionQueues) {
    return completionQueues - 1 << 16 | submissionQueues - 1;
  }

  public static int submissionQueues(int numberOfQueues) {
    return (numberOfQueues & 0xFFFF) + 1;
  }

  public static int completionQueues(int numberOfQueues) {
    return (numberOfQueues >>> 16) + 1;
  }
}
