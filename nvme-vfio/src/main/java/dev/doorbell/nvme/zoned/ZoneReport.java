package dev.doorbell.nvme.zoned;

import dev.doorbell.nvme.controller.ZonedInfo;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A report of zones that has come from a controller, checked.
 *
 * @param count of zones, as the report's header has it
 * @param zones those that fitted
 */
public record ZoneReport(long count, List<Zone> zones) {
  public ZoneReport {
    zones = List.copyOf(zones);
  }

  /** Bytes of a report of {@code zones} zones. */
  public static int bytes(int zones) {
    return bytes(zones, 0);
  }

  /** Bytes of an extended report of {@code zones} zones. */
  public static int bytes(int zones, int extensionBytes) {
    return ZoneDescriptor.HEADER_SIZE + zones * (ZoneDescriptor.SIZE + extensionBytes);
  }

  /**
   * Reads a report.
   *
   * @param b little-endian
   * @param at where the report begins
   * @param bytes of the report, as they were asked for
   * @param extensionBytes of each extension in an extended report, else 0
   * @throws IllegalStateException if the controller reports what cannot be
   */
  public static ZoneReport read(
      ByteBuffer b, int at, int bytes, int extensionBytes, ZonedInfo info) {
    long count = ZoneDescriptor.count(b, at);
    int entry = ZoneDescriptor.SIZE + extensionBytes;
    int fitting = (bytes - ZoneDescriptor.HEADER_SIZE) / entry;
    if (count < 0 || count > info.zones()) {
      throw new IllegalStateException(
          "the controller reports " + count + " zones, the namespace has " + info.zones());
    }
    List<Zone> zones = new ArrayList<>();
    for (int i = 0; i < Math.min(count, fitting); i++) {
      zones.add(zone(b, at + ZoneDescriptor.HEADER_SIZE + i * entry, info));
    }
    return new ZoneReport(count, zones);
  }

  private static Zone zone(ByteBuffer b, int at, ZonedInfo info) {
    ZoneCondition condition = ZoneCondition.ofCode(ZoneDescriptor.condition(b, at));
    long start = ZoneDescriptor.start(b, at);
    long capacity = ZoneDescriptor.capacity(b, at);
    long pointer = ZoneDescriptor.writePointer(b, at);
    boolean right =
        condition != null
            && start >= 0
            && start % info.zoneBlocks() == 0
            && info.zoneOf(start) < info.zones()
            && capacity > 0
            && capacity <= info.zoneBlocks()
            && (!condition.writable() || pointer >= start && pointer <= start + capacity);
    if (!right) {
      throw new IllegalStateException(
          ("the controller reports a zone that cannot be: start %s, capacity %s, write pointer %s,"
                  + " condition %s")
              .formatted(
                  Long.toUnsignedString(start),
                  Long.toUnsignedString(capacity),
                  Long.toUnsignedString(pointer),
                  condition));
    }
    return new Zone(
        info.zoneOf(start),
        condition,
        ZoneDescriptor.attributes(b, at),
        capacity,
        start,
        condition.writable() ? pointer : ZoneDescriptor.NO_WRITE_POINTER);
  }
}
