package dev.doorbell.nvme.controller;

/**
 * What the caller wants of a controller; the controller's own limits come first.
 *
 * @param name what to call it, for example {@code nvme0}
 * @param ioQueues I/O queue pairs wanted, 1 to 65 535
 * @param queueEntries entries of each I/O queue, 2 to 65 536
 * @param maxTransfer largest data transfer of one command in bytes, a multiple of 4096: bounds the
 *     memory of PRP lists
 * @param commandTimeoutMillis how long an admin command may take
 * @param waiting clock and idling
 */
public record ControllerOptions(
    String name,
    int ioQueues,
    int queueEntries,
    int maxTransfer,
    int commandTimeoutMillis,
    Waiting waiting) {
  public static final int DEFAULT_QUEUE_ENTRIES = 128;
  public static final int DEFAULT_MAX_TRANSFER = 2 << 20;
  public static final int DEFAULT_COMMAND_TIMEOUT_MILLIS = 30_000;

  public ControllerOptions {
    require(ioQueues >= 1 && ioQueues <= 65_535, "ioQueues", ioQueues, "1 to 65535");
    require(
        queueEntries >= 2 && queueEntries <= 65_536, "queueEntries", queueEntries, "2 to 65536");
    require(
        maxTransfer >= 4096 && maxTransfer % 4096 == 0,
        "maxTransfer",
        maxTransfer,
        "a multiple of 4096");
    require(commandTimeoutMillis > 0, "commandTimeoutMillis", commandTimeoutMillis, "at least 1");
  }

  /** Defaults for {@code ioQueues} queue pairs on the system's clock. */
  public static ControllerOptions of(String name, int ioQueues) {
    return new ControllerOptions(
        name,
        ioQueues,
        DEFAULT_QUEUE_ENTRIES,
        DEFAULT_MAX_TRANSFER,
        DEFAULT_COMMAND_TIMEOUT_MILLIS,
        Waiting.SYSTEM);
  }

  private static void require(boolean ok, String what, int value, String allowed) {
    if (!ok) {
      throw new IllegalArgumentException(what + ": " + value + ", allowed: " + allowed);
    }
  }
}
