package dev.doorbell.nvme.queue;

/**
 * Statuses that the driver gives a command which the controller did not complete.
 *
 * <p>Type and code are those that the standard has for hosts (NVMe Base 1.4, 4.6.1.2.4, path
 * related); a bit above the 15 of a completion tells them from what a controller says.
 */
public final class HostStatus {
  private static final int HOST = 1 << 15;

  /**
   * The controller was reset or lost while it had the command: whether it was executed, as a whole
   * or in part, is not known. Command Aborted By Host.
   */
  public static final int OUTCOME_UNKNOWN = HOST | 0x371;

  /**
   * The controller never saw the command, and nothing was done: it is lost, or the memory of the
   * caller could neither be mapped for it nor copied. Host Pathing Error.
   */
  public static final int NOT_SENT = HOST | 0x370;

  private HostStatus() {}
}
