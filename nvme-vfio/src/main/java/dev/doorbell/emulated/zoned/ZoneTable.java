package dev.doorbell.emulated.zoned;

import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import java.util.ArrayList;
import java.util.List;

/**
 * The zones of a namespace: where a write may go, and what a management action does (Zoned
 * Namespace Command Set 1.1, 2.1.1).
 *
 * <p>A write begins, by which it takes its blocks; then its data is transferred, outside of this
 * class; then it ends. Several writes of a zone may be under way and end in any order. A management
 * action begins once no write of its zones is under way; meanwhile, and until it is finished, later
 * requests for these zones wait. So no write from before a reset can land on data from after it.
 *
 * <p>Results are statuses. Safe for use by several threads; allocates only for extensions and, up
 * to the number of writes at once, for writes under way.
 */
final class ZoneTable {
  private final ZoneGeometry geometry;
  private final BriefLock lock = new BriefLock();
  private final Zone[] zones;
  private final byte[][] extensions;
  private final boolean persistent;

  /** Of the zone size in blocks; -1 if that is no power of two. A division would cost more. */
  private final int shift;

  private final ZoneResources resources;
  private final WritesUnderWay writes = new WritesUnderWay();
  private final ChangedZoneList changed = new ChangedZoneList();

  /** Zones that have changed since they were last captured. */
  private Zone dirtyFirst;

  private final ManagementUnderWay operations = new ManagementUnderWay();

  /** Zones as they come from the factory. */
  ZoneTable(ZoneGeometry geometry, boolean persistent) {
    this.geometry = geometry;
    this.persistent = persistent;
    boolean powerOfTwo = Long.bitCount(geometry.zoneSize()) == 1;
    this.shift = powerOfTwo ? Long.numberOfTrailingZeros(geometry.zoneSize()) : -1;
    this.zones = new Zone[geometry.zones()];
    this.resources = new ZoneResources(geometry.maxOpen(), geometry.maxActive(), this::touch);
    this.extensions = geometry.extensionBytes() == 0 ? null : new byte[zones.length][];
    int offline = zones.length - geometry.offlineZones();
    int readOnly = offline - geometry.readOnlyZones();
    for (int i = 0; i < zones.length; i++) {
      ZoneCondition condition =
          i >= offline
              ? ZoneCondition.OFFLINE
              : i >= readOnly ? ZoneCondition.READ_ONLY : ZoneCondition.EMPTY;
      zones[i] = new Zone(i, i * geometry.zoneSize(), condition);
      resources.add(condition);
    }
  }

  ZoneGeometry geometry() {
    return geometry;
  }

  /**
   * Begins a write, append or management action.
   *
   * @return a status, or {@link Zones#DEFERRED}: then the request comes back from {@link #end}, if
   *     it is a management action that has been done meanwhile, or from {@link #finish}, to be
   *     begun again
   */
  int begin(ZoneRequest request) {
    lock.lock();
    try {
      if (request.all) {
        request.firstZone = 0;
        request.endZone = zones.length;
      } else {
        request.firstZone = zoneOf(request.lba);
        request.endZone = request.firstZone + 1;
      }
      if (operations.defer(request)) {
        return Zones.DEFERRED;
      }
      return request.writes() ? beginWrite(request) : beginManagement(request);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends a write that has begun and whose data was not transferred. Its blocks are free again, so
   * that it can be repeated, unless a later write has taken those behind them: then they are used
   * up.
   *
   * @return as {@link #end}
   */
  ZoneRequest fail(ZoneRequest request) {
    lock.lock();
    try {
      writes.giveBack(zones[request.firstZone], request);
    } finally {
      lock.unlock();
    }
    return end(request, false);
  }

  /**
   * Ends the data transfer of a write that has begun.
   *
   * @param hold whether the request is to come back once all earlier writes of its zone have ended,
   *     so that a commit covers it; else it is done
   * @return a chain of requests that go on: held writes, and management actions that have been done
   */
  ZoneRequest end(ZoneRequest request, boolean hold) {
    lock.lock();
    try {
      Zone zone = zones[request.firstZone];
      if (!writes.end(zone, request, hold)) {
        return null;
      }
      touch(zone);
      if (zone.pointer == end(zone) && zone.condition.writable()) {
        resources.move(zone, zone.condition.on(ZoneAction.FILL));
      }
      if (zone.idle()) {
        ZoneRequest operation = operations.drainedBy(zone, writes);
        if (operation != null) {
          apply(operation);
          writes.release(operation);
        }
      }
      return writes.takeReleased();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Finishes a management action that has begun, after it was committed or refused.
   *
   * @return a chain of requests that waited for it, to be begun again
   */
  ZoneRequest finish(ZoneRequest operation) {
    lock.lock();
    try {
      return operations.finish(operation);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Shows the blocks of the zones that are empty after a reset, neighbours as one run. Before it is
   * finished: until then no write of them begins.
   */
  void eachEmptied(ZoneRequest reset, Zones.Blocks blocks) {
    int first = reset.firstZone;
    for (int i = first; i <= reset.endZone; i++) {
      if (i == reset.endZone || zones[i].condition != ZoneCondition.EMPTY) {
        if (first < i) {
          blocks.run(zones[first].start, (i - first) * geometry.zoneSize());
        }
        first = i + 1;
      }
    }
  }

  /**
   * Whether blocks may be read; without a lock.
   *
   * @param lba first block; the range lies within the namespace
   */
  int checkRead(long lba, int blocks) {
    int first = zoneOf(lba);
    int last = zoneOf(lba + blocks - 1);
    if (first != last && !geometry.readsAcrossZones()) {
      return Status.ZONE_BOUNDARY_ERROR | Status.DNR;
    }
    for (int i = first; i <= last; i++) {
      if (zones[i].condition == ZoneCondition.OFFLINE) {
        return Status.ZONE_IS_OFFLINE | Status.DNR;
      }
    }
    return Status.SUCCESS;
  }

  /** The zone that holds an LBA of the namespace. */
  int zoneOf(long lba) {
    return (int) (shift >= 0 ? lba >>> shift : lba / geometry.zoneSize());
  }

  /** Zone {@code index}; what is not volatile in it only under the lock of the table. */
  Zone zone(int index) {
    return zones[index];
  }

  /** Guards all state; for those who look at several zones at once. */
  BriefLock lock() {
    return lock;
  }

  /** Under the lock: the descriptor extension of a zone, null if it has none. Not to be changed. */
  byte[] extension(int index) {
    return extensions[index];
  }

  /** How many zones are in a condition. */
  int count(ZoneCondition condition) {
    lock.lock();
    try {
      return resources.count(condition);
    } finally {
      lock.unlock();
    }
  }

  ChangedZoneList changed() {
    return changed;
  }

  /** The write pointer as the host sees it; {@link ZoneDescriptor#NO_WRITE_POINTER} for none. */
  long writePointer(Zone zone) {
    return zone.condition.writable() ? zone.pointer : ZoneDescriptor.NO_WRITE_POINTER;
  }

  /**
   * A zone wears out: it can no longer be written, or not even read. What the drive does on its own
   * goes to the Changed Zone List.
   *
   * @param to {@link ZoneCondition#READ_ONLY} or {@link ZoneCondition#OFFLINE}
   */
  void wearOut(int index, ZoneCondition to) {
    lock.lock();
    try {
      Zone zone = zones[index];
      if (zone.condition == ZoneCondition.OFFLINE || zone.condition == to) {
        return;
      }
      resources.move(zone, to);
      changed.add(zone.start);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Restores a zone from the metadata, before {@link #powerOn}.
   *
   * @param extension null for none
   */
  void restore(
      int index,
      ZoneCondition condition,
      int attributes,
      long pointer,
      long dataEnd,
      byte[] extension) {
    Zone zone = zones[index];
    resources.set(zone, condition);
    zone.attributes = attributes;
    zone.pointer = pointer;
    zone.taken = pointer;
    zone.dataEnd(dataEnd);
    if (extension != null) {
      extensions[index] = extension;
    }
  }

  /**
   * How many zones must keep an active resource at power-on: closed ones, and open ones whose
   * extension is valid.
   */
  int activeForGood() {
    int count = 0;
    for (Zone zone : zones) {
      if (zone.condition == ZoneCondition.CLOSED || zone.condition.open() && extended(zone)) {
        count++;
      }
    }
    return count;
  }

  /** Whether any zone has been written. */
  boolean holdsData() {
    for (Zone zone : zones) {
      if (zone.dataEnd() != zone.start) {
        return true;
      }
    }
    return false;
  }

  /**
   * What power-on makes of restored zones: none is open. Those that were become closed if their
   * extension is valid; empty if nothing is written; else closed, or full where that would exceed
   * the limit of active zones. All others stay.
   */
  void powerOn() {
    lock.lock();
    try {
      int room = geometry.maxActive() == 0 ? Integer.MAX_VALUE : geometry.maxActive();
      room -= activeForGood();
      for (Zone zone : zones) {
        if (!zone.condition.open()) {
          continue;
        }
        if (extended(zone)) {
          resources.set(zone, ZoneCondition.CLOSED);
        } else if (zone.pointer == zone.start) {
          resources.set(zone, ZoneCondition.EMPTY);
        } else if (room > 0) {
          room--;
          resources.set(zone, ZoneCondition.CLOSED);
        } else {
          resources.set(zone, ZoneCondition.FULL);
          zone.pointer = end(zone);
          zone.taken = zone.pointer;
          zone.attributes |= ZoneDescriptor.ATTRIBUTE_FINISHED_BY_CONTROLLER;
          changed.add(zone.start);
        }
        touch(zone);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes the zones that have changed since the last time, as one consistent state of all. */
  boolean capture(ZoneMetaFile.Transaction transaction) {
    lock.lock();
    try {
      if (dirtyFirst == null) {
        return false;
      }
      while (dirtyFirst != null) {
        Zone zone = dirtyFirst;
        dirtyFirst = zone.nextDirty;
        zone.nextDirty = null;
        zone.dirty = false;
        byte[] extension = zone.extensionDirty ? extensions[zone.index] : null;
        zone.extensionDirty = false;
        boolean hasPointer = zone.condition.writable() || zone.condition == ZoneCondition.FULL;
        transaction.zone(
            zone.index,
            zone.condition,
            zone.attributes,
            hasPointer ? zone.pointer : zone.start,
            zone.condition.writable() ? zone.pointer : zone.dataEnd(),
            extension);
      }
      transaction.counts(resources.counts());
      return true;
    } finally {
      lock.unlock();
    }
  }

  private int beginWrite(ZoneRequest request) {
    Zone zone = zones[request.firstZone];
    if (request.append && request.lba != zone.start) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    ZoneCondition condition = zone.condition;
    int status = condition.writeStatus();
    if (status != Status.SUCCESS) {
      return status | Status.DNR;
    }
    long end = end(zone);
    if (zone.taken == end) {
      // Full as soon as the writes that fill it have ended.
      return Status.ZONE_IS_FULL | Status.DNR;
    }
    if (!request.append && request.lba != zone.taken) {
      return Status.ZONE_INVALID_WRITE | Status.DNR;
    }
    if (request.blocks > end - zone.taken) {
      return Status.ZONE_BOUNDARY_ERROR | Status.DNR;
    }
    if (!condition.open()) {
      status = resources.makeRoomFor(zone);
      if (status != Status.SUCCESS) {
        return status;
      }
      resources.move(zone, condition.on(ZoneAction.WRITE));
    }
    request.lba = zone.taken;
    zone.taken += request.blocks;
    zone.dataEnd(zone.taken);
    writes.begin(zone, request);
    return Status.SUCCESS;
  }

  private int beginManagement(ZoneRequest request) {
    if (!request.all && request.lba != zones[request.firstZone].start) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    operations.begin(request);
    boolean drained = request.all ? writes.none() : zones[request.firstZone].idle();
    return drained ? apply(request) : Zones.DEFERRED;
  }

  private int apply(ZoneRequest request) {
    request.applied = true;
    request.status =
        request.all
            ? applyToAll(request.action)
            : apply(zones[request.firstZone], request.action, request.extension);
    return request.status;
  }

  private int apply(Zone zone, ZoneAction action, byte[] extension) {
    ZoneCondition to = zone.condition.on(action);
    if (to == null) {
      return Status.INVALID_ZONE_TRANSITION | Status.DNR;
    }
    switch (action) {
      case OPEN -> {
        int status = zone.condition.open() ? Status.SUCCESS : resources.makeRoomFor(zone);
        if (status != Status.SUCCESS) {
          return status;
        }
      }
      case SET_DESCRIPTOR_EXTENSION -> {
        if (resources.tooManyActive()) {
          return Status.TOO_MANY_ACTIVE_ZONES | Status.DNR;
        }
        extensions[zone.index] = extension;
        zone.extensionDirty = true;
        zone.attributes |= ZoneDescriptor.ATTRIBUTE_EXTENSION_VALID;
      }
      case FINISH -> {
        zone.taken = end(zone);
        zone.pointer = zone.taken;
      }
      case RESET -> {
        zone.taken = zone.start;
        zone.pointer = zone.start;
        zone.dataEnd(zone.start);
        zone.attributes = 0;
        if (extensions != null) {
          extensions[zone.index] = null;
        }
      }
      default -> {
        // The condition is all that changes.
      }
    }
    resources.move(zone, to);
    return Status.SUCCESS;
  }

  /** Select All (3.4.3.1): of every zone the action fits; of none if it does not fit in all. */
  private int applyToAll(ZoneAction action) {
    List<Zone> selected = new ArrayList<>();
    for (Zone zone : zones) {
      ZoneCondition c = zone.condition;
      boolean fits =
          switch (action) {
            case OPEN -> c == ZoneCondition.CLOSED;
            case CLOSE -> c.open();
            case FINISH -> c.active();
            case RESET -> c.active() || c == ZoneCondition.FULL;
            case OFFLINE -> c == ZoneCondition.READ_ONLY;
            default -> false;
          };
      if (fits) {
        selected.add(zone);
      }
    }
    if (action == ZoneAction.OPEN && !resources.roomToOpen(selected.size())) {
      return Status.TOO_MANY_OPEN_ZONES | Status.DNR;
    }
    for (Zone zone : selected) {
      apply(zone, action, null);
    }
    return Status.SUCCESS;
  }

  private void touch(Zone zone) {
    if (persistent && !zone.dirty) {
      zone.dirty = true;
      zone.nextDirty = dirtyFirst;
      dirtyFirst = zone;
    }
  }

  private long end(Zone zone) {
    return zone.start + geometry.zoneCapacity();
  }

  private static boolean extended(Zone zone) {
    return (zone.attributes & ZoneDescriptor.ATTRIBUTE_EXTENSION_VALID) != 0;
  }
}
