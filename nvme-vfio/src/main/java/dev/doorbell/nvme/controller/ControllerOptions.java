package dev.doorbell.nvme.controller;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.queue.QueueMemory;
import dev.doorbell.nvme.spec.Identify;

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
 * @param choices what to use of that the controller may offer
 */
public record ControllerOptions(
    String name,
    int ioQueues,
    int queueEntries,
    int maxTransfer,
    int commandTimeoutMillis,
    Waiting waiting,
    ControllerChoices choices) {
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

  /** With the default choices. */
  public ControllerOptions(
      String name,
      int ioQueues,
      int queueEntries,
      int maxTransfer,
      int commandTimeoutMillis,
      Waiting waiting) {
    this(
        name,
        ioQueues,
        queueEntries,
        maxTransfer,
        commandTimeoutMillis,
        waiting,
        ControllerChoices.DEFAULT);
  }

  /** The same with other choices. */
  public ControllerOptions with(ControllerChoices other) {
    return new ControllerOptions(
        name, ioQueues, queueEntries, maxTransfer, commandTimeoutMillis, waiting, other);
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

  /**
   * Memory of one I/O queue pair without its arena, in bytes. The controller may grant fewer
   * entries or smaller transfers, so that it is less; for one with pages of more than 4096 bytes it
   * is more.
   */
  public long ioQueueBytes() {
    return QueueMemory.bytes(queueEntries, DmaMemory.PAGE_SIZE, maxTransfer);
  }

  /** Memory of the admin queue pair in bytes, for a controller with pages of 4096 bytes. */
  public static long adminBytes() {
    // Two pages more: the shadow doorbells and their event indexes.
    return QueueMemory.bytes(AdminQueue.ENTRIES, DmaMemory.PAGE_SIZE, Identify.SIZE)
        + Identify.SIZE
        + 2L * DmaMemory.PAGE_SIZE;
  }

  private static void require(boolean ok, String what, int value, String allowed) {
    if (!ok) {
      throw new IllegalArgumentException(what + ": " + value + ", allowed: " + allowed);
    }
  }
}
