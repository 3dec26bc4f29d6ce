package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.ChangedZones;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.LogPage;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Fills log pages (NVMe Base 1.4, 5.14.1): error information, SMART / health, firmware slots,
 * changed namespaces, commands supported and effects, changed zones. Guarded by the lock of the
 * admin queue.
 */
final class LogPages {
  /** 40 °C in Kelvin. */
  private static final int TEMPERATURE = 313;

  /** A data unit of the SMART log: 1000 units of 512 bytes. */
  private static final long DATA_UNIT = 512_000;

  private final ErrorLog errors;
  private final QueueTable queues;
  private final Events events;
  private final OptionalFeatures features;
  private final NvmCommands nvm;

  LogPages(
      ErrorLog errors,
      QueueTable queues,
      Events events,
      OptionalFeatures features,
      NvmCommands nvm) {
    this.errors = errors;
    this.queues = queues;
    this.events = events;
    this.features = features;
    this.nvm = nvm;
  }

  /** Size of a log page in bytes, or -1 if there is no such page. */
  static int size(int lid) {
    return switch (lid) {
      case LogPage.ERROR_INFORMATION -> ErrorLog.SIZE;
      case LogPage.SMART -> LogPage.SMART_SIZE;
      case LogPage.FIRMWARE_SLOT -> LogPage.FIRMWARE_SLOT_SIZE;
      case LogPage.CHANGED_NAMESPACES -> LogPage.CHANGED_NAMESPACES_SIZE;
      case LogPage.COMMANDS_SUPPORTED -> LogPage.COMMANDS_SUPPORTED_SIZE;
      case ChangedZones.LOG_PAGE -> ChangedZones.SIZE;
      default -> -1;
    };
  }

  /**
   * Fills {@code out}, zeroed and little-endian, with an existing page.
   *
   * @param retain RAE: whether the page's event is to stay as it is
   */
  int fill(int lid, int nsid, boolean retain, ByteBuffer out) {
    switch (lid) {
      case LogPage.ERROR_INFORMATION -> errors.write(out);
      case LogPage.CHANGED_NAMESPACES -> events.writeChanged(out);
      case LogPage.COMMANDS_SUPPORTED -> EffectsLog.write(features, out);
      case LogPage.SMART -> {
        // One log for the controller (Identify Controller LPA bit 0 is 0).
        if (nsid != 0 && nsid != Identify.NSID_ALL) {
          return Status.INVALID_FIELD | Status.DNR;
        }
        smart(out);
      }
      case ChangedZones.LOG_PAGE -> {
        Namespace namespace = nvm.namespace(nsid);
        if (namespace == null || namespace.zones == null) {
          return (namespace == null ? Status.INVALID_NAMESPACE : Status.INVALID_LOG_PAGE)
              | Status.DNR;
        }
        namespace.zones.writeChangedZones(out, retain);
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
    out.put(0, (byte) events.criticalWarning());
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
