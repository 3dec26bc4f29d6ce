package dev.doorbell.emulated.zoned;

import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneCondition;
import java.util.function.Consumer;

/**
 * How many zones are in each condition, what the limits of open and active zones leave, and which
 * zone is closed for the sake of another (Zoned Namespace Command Set 1.1, 2.1.1.4). Guarded by the
 * lock of the {@link ZoneTable}.
 */
final class ZoneResources {
  private final int maxOpen;
  private final int maxActive;
  private final Consumer<Zone> touch;
  private final int[] counts = new int[ZoneCondition.values().length];

  // Zones that are implicitly open, oldest first: the next one to be closed for another's sake.
  private Zone oldestImplicit;
  private Zone newestImplicit;

  /**
   * @param maxOpen 0 for no limit
   * @param maxActive 0 for no limit
   * @param touch is told of each zone that is moved
   */
  ZoneResources(int maxOpen, int maxActive, Consumer<Zone> touch) {
    this.maxOpen = maxOpen;
    this.maxActive = maxActive;
    this.touch = touch;
  }

  /** One more zone. */
  void add(ZoneCondition condition) {
    counts[condition.ordinal()]++;
  }

  int count(ZoneCondition condition) {
    return counts[condition.ordinal()];
  }

  /** By the ordinal of the condition; not to be changed. */
  int[] counts() {
    return counts;
  }

  /** Puts a zone into a condition at power-on, before any is implicitly open. */
  void set(Zone zone, ZoneCondition to) {
    counts[zone.condition.ordinal()]--;
    counts[to.ordinal()]++;
    zone.condition = to;
  }

  void move(Zone zone, ZoneCondition to) {
    ZoneCondition from = zone.condition;
    touch.accept(zone);
    if (from == to) {
      return;
    }
    if (from == ZoneCondition.IMPLICITLY_OPEN) {
      unlinkImplicit(zone);
    } else if (to == ZoneCondition.IMPLICITLY_OPEN) {
      zone.previous = newestImplicit;
      if (newestImplicit == null) {
        oldestImplicit = zone;
      } else {
        newestImplicit.next = zone;
      }
      newestImplicit = zone;
    }
    set(zone, to);
  }

  /** Sees to the resources that a zone needs to become open; may close an implicitly open one. */
  int makeRoomFor(Zone zone) {
    if (zone.condition == ZoneCondition.EMPTY && tooManyActive()) {
      return Status.TOO_MANY_ACTIVE_ZONES | Status.DNR;
    }
    if (maxOpen > 0 && open() == maxOpen) {
      if (oldestImplicit == null) {
        return Status.TOO_MANY_OPEN_ZONES | Status.DNR;
      }
      move(oldestImplicit, ZoneCondition.CLOSED);
    }
    return Status.SUCCESS;
  }

  /** Whether so many closed zones can be opened for good. */
  boolean roomToOpen(int zones) {
    return maxOpen == 0 || count(ZoneCondition.EXPLICITLY_OPEN) + zones <= maxOpen;
  }

  boolean tooManyActive() {
    return maxActive > 0 && open() + count(ZoneCondition.CLOSED) == maxActive;
  }

  private int open() {
    return count(ZoneCondition.IMPLICITLY_OPEN) + count(ZoneCondition.EXPLICITLY_OPEN);
  }

  private void unlinkImplicit(Zone zone) {
    if (zone.previous == null) {
      oldestImplicit = zone.next;
    } else {
      zone.previous.next = zone.next;
    }
    if (zone.next == null) {
      newestImplicit = zone.previous;
    } else {
      zone.next.previous = zone.previous;
    }
    zone.previous = null;
    zone.next = null;
  }
}
