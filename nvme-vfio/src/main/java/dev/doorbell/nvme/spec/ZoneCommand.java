package dev.doorbell.nvme.spec;

/**
 * Opcodes and dwords of the Zoned Namespace Command Set (revision 1.1, 3.4).
 *
 * <pre>
 *   Zone Append              dword 10-11 ZSLBA | dword 12 as of Write
 *                            completion dword 0-1: the LBA that was written
 *   Zone Management Send     dword 10-11 SLBA | dword 13 ZSA 7:0, Select All 8
 *   Zone Management Receive  dword 10-11 SLBA | dword 12 NUMD (zero-based)
 *                            dword 13 ZRA 7:0, ZRASF 15:8, Partial Report 16
 * </pre>
 */
public final class ZoneCommand {
  public static final int MANAGEMENT_SEND = 0x79;
  public static final int MANAGEMENT_RECEIVE = 0x7A;
  public static final int APPEND = 0x7D;

  /** ZRA: Report Zones. */
  public static final int REPORT = 0x00;

  /** ZRA: Extended Report Zones, each descriptor followed by its extension. */
  public static final int EXTENDED_REPORT = 0x01;

  /** ZRASF: zones in every condition. */
  public static final int FILTER_ALL = 0x00;

  private static final int SELECT_ALL = 1 << 8;
  private static final int PARTIAL = 1 << 16;

  private ZoneCommand() {}

  /** Dword 13 of Zone Management Send. */
  public static int sendCdw13(ZoneAction action, boolean selectAll) {
    return action.code() | (selectAll ? SELECT_ALL : 0);
  }

  /** ZSA. */
  public static int sendAction(int cdw13) {
    return cdw13 & 0xFF;
  }

  public static boolean selectAll(int cdw13) {
    return (cdw13 & SELECT_ALL) != 0;
  }

  /**
   * Dword 13 of Zone Management Receive.
   *
   * @param action {@link #REPORT} or {@link #EXTENDED_REPORT}
   * @param filter {@link #FILTER_ALL} or of {@link #filter}
   * @param partial whether the count in the header is of the descriptors transferred
   */
  public static int receiveCdw13(int action, int filter, boolean partial) {
    return action | filter << 8 | (partial ? PARTIAL : 0);
  }

  /** ZRA. */
  public static int receiveAction(int cdw13) {
    return cdw13 & 0xFF;
  }

  /** ZRASF. */
  public static int receiveFilter(int cdw13) {
    return cdw13 >>> 8 & 0xFF;
  }

  public static boolean partial(int cdw13) {
    return (cdw13 & PARTIAL) != 0;
  }

  /** The ZRASF that selects zones in {@code condition} (3.4.2, figure 40). */
  public static int filter(ZoneCondition condition) {
    return switch (condition) {
      case EMPTY -> 1;
      case IMPLICITLY_OPEN -> 2;
      case EXPLICITLY_OPEN -> 3;
      case CLOSED -> 4;
      case FULL -> 5;
      case READ_ONLY -> 6;
      case OFFLINE -> 7;
    };
  }

  /** The condition that a ZRASF of 1 to 7 selects; null for others. */
  public static ZoneCondition filtered(int filter) {
    for (ZoneCondition condition : ZoneCondition.values()) {
      if (filter(condition) == filter) {
        return condition;
      }
    }
    return null;
  }

  /** NUMD for {@code bytes}, a positive multiple of 4. */
  public static int dwords(int bytes) {
    return bytes / Integer.BYTES - 1;
  }

  /** Bytes of a NUMD, 4 to 2^34. */
  public static long bytes(int numd) {
    return ((numd & 0xFFFFFFFFL) + 1) * Integer.BYTES;
  }
}
