package dev.doorbell.nvme.spec;

/**
 * Dword 0 of the completion of an Asynchronous Event Request (NVMe Base 1.4, 5.2.1, figure 147),
 * and the bits of Asynchronous Event Configuration (5.21.1.11).
 *
 * <pre>
 *   type 2:0 | information 15:8 | log page 23:16
 * </pre>
 *
 * <p>After an event of a type the controller sends no other of that type until the host has read
 * the log page named, without Retain Asynchronous Event.
 */
public final class AsyncEvent {
  public static final int TYPE_ERROR = 0;
  public static final int TYPE_HEALTH = 1;
  public static final int TYPE_NOTICE = 2;

  /** Information of a health event. */
  public static final int HEALTH_RELIABILITY = 0;

  public static final int HEALTH_TEMPERATURE = 1;
  public static final int HEALTH_SPARE = 2;

  /** Information of a notice. */
  public static final int NOTICE_NAMESPACE_CHANGED = 0;

  public static final int NOTICE_FIRMWARE_ACTIVATION = 1;

  /** Configuration: the critical warnings of the SMART log whose onset is an event. */
  public static final int CONFIG_CRITICAL_WARNINGS = 0x1F;

  /** Configuration, and OAES of Identify Controller: namespace attribute notices. */
  public static final int CONFIG_NAMESPACE_NOTICES = 1 << 8;

  public static final int CONFIG_FIRMWARE_NOTICES = 1 << 9;

  private AsyncEvent() {}

  public static int of(int type, int information, int logPage) {
    return logPage << 16 | information << 8 | type;
  }

  public static int type(int dw0) {
    return dw0 & 0x7;
  }

  public static int information(int dw0) {
    return dw0 >>> 8 & 0xFF;
  }

  public static int logPage(int dw0) {
    return dw0 >>> 16 & 0xFF;
  }
}
