package dev.doorbell.emulated.zoned;

import dev.doorbell.nvme.spec.ChangedZones;
import java.nio.ByteBuffer;

/**
 * Zones that the drive has changed on its own since the host last looked: the Changed Zone List log
 * (Zoned Namespace Command Set 1.1, 4.1.4). Safe for use by several threads.
 */
final class ChangedZoneList {
  private final long[] zones = new long[ChangedZones.MAX_ZONES];
  private int count;
  private boolean overflow;

  synchronized void add(long zslba) {
    for (int i = 0; i < count; i++) {
      if (zones[i] == zslba) {
        return;
      }
    }
    if (count == zones.length) {
      overflow = true;
    } else {
      zones[count++] = zslba;
    }
  }

  synchronized boolean isEmpty() {
    return count == 0;
  }

  /**
   * Writes the log to the start of a zeroed little-endian buffer.
   *
   * @param retain whether the host wants to find the same again (Retain Asynchronous Event)
   */
  synchronized void write(ByteBuffer out, boolean retain) {
    ChangedZones.writeCount(out, 0, overflow ? ChangedZones.OVERFLOW : count);
    for (int i = 0; i < count && !overflow; i++) {
      ChangedZones.writeZone(out, 0, i, zones[i]);
    }
    if (!retain) {
      count = 0;
      overflow = false;
    }
  }
}
