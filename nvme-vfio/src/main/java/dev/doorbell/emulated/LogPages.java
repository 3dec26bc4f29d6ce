package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Fills log pages (NVMe Base 1.4, 5.14.1): error information, SMART / health, firmware slots.
 * Guarded by the lock of the admin queue.
 */
final class LogPages {
  private static final int ERROR_INFORMATION = 0x01;
  private static final int SMART = 0x02;
  private static final int FIRMWARE_SLOTS = 0x03;
  private static final int SMART_SIZE = 512;
  private static final int FIRMWARE_SIZE = 512;

  /** 40 °C in Kelvin. */
  private static final int TEMPERATURE = 313;

  /** A data unit of the SMART log: 1000 units of 512 bytes. */
  private static final long DATA_UNIT = 512_000;

  private final ErrorLog errors;
  private final QueueTable queues;

  LogPages(ErrorLog errors, QueueTable queues) {
    this.errors = errors;
    this.queues = queues;
  }

  /** Size of a log page in bytes, or -1 if there is no such page. */
  static int size(int lid) {
    return switch (lid) {
      case ERROR_INFORMATION -> ErrorLog.SIZE;
      case SMART -> SMART_SIZE;
      case FIRMWARE_SLOTS -> FIRMWARE_SIZE;
      default -> -1;
    };
  }

  /** Fills {@code out}, zeroed and little-endian, with an existing page. */
  int fill(int lid, int nsid, ByteBuffer out) {
    switch (lid) {
      case ERROR_INFORMATION -> errors.write(out);
      case SMART -> {
        // One log for the controller (Identify Controller LPA bit 0 is 0).
        if (nsid != 0 && nsid != Identify.NSID_ALL) {
          return Status.INVALID_FIELD | Status.DNR;
        }
        smart(out);
      }
      default -> {
        // Slot 1 is the active one.
        out.put(0, (byte) 1);
        byte[] revision =
            "%-8s".formatted(IdentifyData.FIRMWARE).getBytes(StandardCharsets.US_ASCII);
        out.put(8, revision);
      }
    }
    return Status.SUCCESS;
  }

  private void smart(ByteBuffer out) {
    SubmissionRing.Totals totals = queues.totals();
    out.putShort(1, (short) TEMPERATURE);
    // Available spare and its threshold, in percent.
    out.put(3, (byte) 100);
    out.put(4, (byte) 10);
    out.putLong(32, units(totals.bytesRead));
    out.putLong(48, units(totals.bytesWritten));
    out.putLong(64, totals.readCommands);
    out.putLong(80, totals.writeCommands);
    // Power cycles.
    out.putLong(112, 1);
    out.putLong(176, errors.count());
  }

  /** Rounded up, as the standard asks. */
  private static long units(long bytes) {
    return (bytes + DATA_UNIT - 1) / DATA_UNIT;
  }
}
