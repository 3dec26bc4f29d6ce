package dev.doorbell.nvme.spec;

/** Log page identifiers, and the dwords of Get Log Page (NVMe Base 1.4, 5.14, figure 191). */
public final class LogPage {
  public static final int ERROR_INFORMATION = 0x01;
  public static final int SMART = 0x02;
  public static final int FIRMWARE_SLOT = 0x03;
  public static final int CHANGED_NAMESPACES = 0x04;
  public static final int COMMANDS_SUPPORTED = 0x05;

  public static final int SMART_SIZE = 512;
  public static final int FIRMWARE_SLOT_SIZE = 512;
  public static final int CHANGED_NAMESPACES_SIZE = 4096;
  public static final int COMMANDS_SUPPORTED_SIZE = 4096;
  public static final int ERROR_ENTRY_SIZE = 64;

  /** RAE of dword 10: the event that announced the page stays outstanding. */
  public static final int CDW10_RETAIN_EVENT = 1 << 15;

  /** The first entry of a changed namespace list that would be too long (5.14.1.4). */
  public static final int CHANGED_NAMESPACES_MANY = 0xFFFFFFFF;

  private LogPage() {}

  /**
   * Dwords 10 and 11.
   *
   * @param bytes length, a multiple of 4
   */
  public static long cdw10and11(int lid, int bytes) {
    int dwords = bytes / 4 - 1;
    return (lid | dwords << 16) & 0xFFFFFFFFL | (long) (dwords >>> 16) << 32;
  }

  public static int lid(int cdw10) {
    return cdw10 & 0xFF;
  }

  /** Length in bytes, 4 to 2^34. */
  public static long bytes(int cdw10, int cdw11) {
    return (((cdw11 & 0xFFFFL) << 16 | cdw10 >>> 16) + 1) * 4;
  }
}
