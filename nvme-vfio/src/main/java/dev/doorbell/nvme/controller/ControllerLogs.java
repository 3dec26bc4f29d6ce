package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.ChangedZones;
import dev.doorbell.nvme.spec.ErrorEntry;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.LogPage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A controller's log pages (NVMe Base 1.4, 5.14). Methods block, within the deadline of an admin
 * command, and throw {@link NvmeException} if the controller refuses. For any thread but an event
 * loop.
 */
public final class ControllerLogs {
  /** A log is read in pieces of this size: MDTS allows one page at least. */
  private static final int PIECE = Identify.SIZE;

  private static final int FIRMWARE_SLOTS = 7;

  private final AdminQueue admin;
  private final int errorEntries;

  ControllerLogs(AdminQueue admin, ByteBuffer identity) {
    this.admin = admin;
    this.errorEntries = IdentifyController.errorLogEntries(identity, 0);
  }

  public Health health() {
    return Health.of(read(LogPage.SMART, Identify.NSID_ALL, LogPage.SMART_SIZE, false));
  }

  /** The latest errors, latest first. */
  public List<ErrorRecord> errors() {
    int entries = Math.min(errorEntries, PIECE / ErrorEntry.SIZE);
    ByteBuffer log = read(LogPage.ERROR_INFORMATION, 0, entries * ErrorEntry.SIZE, false);
    List<ErrorRecord> errors = new ArrayList<>();
    for (int at = 0; at < log.capacity(); at += ErrorEntry.SIZE) {
      long number = ErrorEntry.errorCount(log, at);
      if (number != 0) {
        errors.add(
            new ErrorRecord(
                number,
                ErrorEntry.submissionQueueId(log, at),
                ErrorEntry.commandId(log, at),
                ErrorEntry.status(log, at),
                ErrorEntry.namespaceId(log, at),
                ErrorEntry.lba(log, at)));
      }
    }
    return errors;
  }

  /** The firmware revision in each slot, from slot 1; null where a slot is empty. */
  public List<String> firmwareSlots() {
    ByteBuffer log = read(LogPage.FIRMWARE_SLOT, 0, LogPage.FIRMWARE_SLOT_SIZE, false);
    List<String> slots = new ArrayList<>();
    for (int slot = 1; slot <= FIRMWARE_SLOTS; slot++) {
      byte[] text = new byte[8];
      log.get(8 * slot, text);
      String revision = new String(text, StandardCharsets.US_ASCII).replace("\0", "").strip();
      slots.add(revision.isEmpty() ? null : revision);
    }
    return slots;
  }

  /**
   * The namespaces that have changed since this was last asked; empty also if there are too many to
   * list. Asking takes note: {@link ControllerEvents} does so itself.
   */
  List<Integer> takeChangedNamespaces() {
    ByteBuffer log =
        read(LogPage.CHANGED_NAMESPACES, Identify.NSID_ALL, LogPage.CHANGED_NAMESPACES_SIZE, false);
    List<Integer> ids = new ArrayList<>();
    for (int at = 0; at < log.capacity() && log.getInt(at) != 0; at += Integer.BYTES) {
      ids.add(log.getInt(at));
    }
    return ids.contains(LogPage.CHANGED_NAMESPACES_MANY) ? List.of() : ids;
  }

  /**
   * The zones of a namespace that have changed by themselves since this was last asked; empty also
   * if there are too many to list. Asking takes note.
   */
  List<Integer> takeChangedZones(NamespaceInfo namespace) {
    ByteBuffer log = read(ChangedZones.LOG_PAGE, namespace.id(), ChangedZones.SIZE, false);
    List<Integer> zones = new ArrayList<>();
    int count = ChangedZones.count(log, 0);
    for (int i = 0; i < count && count <= ChangedZones.MAX_ZONES; i++) {
      long start = ChangedZones.zone(log, 0, i);
      if (start >= 0 && start < namespace.blocks()) {
        zones.add(namespace.zoned().zoneOf(start));
      }
    }
    return zones;
  }

  /**
   * Effects of each admin and I/O command, 0 for one that is not supported: 256 values for admin,
   * then 256 for I/O opcodes.
   */
  public int[] commandEffects() {
    ByteBuffer log = read(LogPage.COMMANDS_SUPPORTED, 0, LogPage.COMMANDS_SUPPORTED_SIZE, false);
    int[] effects = new int[512];
    for (int i = 0; i < effects.length; i++) {
      effects[i] = log.getInt(4 * i);
    }
    return effects;
  }

  /**
   * A log page as it is, from its start.
   *
   * @param lid 00h to FFh
   * @param bytes 4 to 4096, a multiple of 4
   * @param retainEvent whether an event that announced the page stays outstanding
   * @return little-endian
   */
  public ByteBuffer read(int lid, int nsid, int bytes, boolean retainEvent) {
    if (lid < 0 || lid > 0xFF || bytes < 4 || bytes > PIECE || bytes % 4 != 0) {
      throw new IllegalArgumentException(
          "log page %d, %d bytes; allowed: 0 to 255, a multiple of 4 up to %d"
              .formatted(lid, bytes, PIECE));
    }
    long dwords = LogPage.cdw10and11(lid, bytes) | (retainEvent ? LogPage.CDW10_RETAIN_EVENT : 0);
    return admin.read(
        "Get Log Page %02Xh".formatted(lid), AdminOpcode.GET_LOG_PAGE, nsid, dwords, 0, bytes);
  }
}
