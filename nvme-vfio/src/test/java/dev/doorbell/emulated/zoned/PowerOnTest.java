package dev.doorbell.emulated.zoned;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.spec.ChangedZones;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What zones are after power-on, by what they were before. */
class PowerOnTest {
  @TempDir Path directory;

  @Test
  void openZonesBecomeClosedOrEmptyAndAllOthersStay() {
    Zones zones = open(geometry(0));
    append(zones, 0);
    manage(zones, ZoneAction.OPEN, 1);
    manage(zones, ZoneAction.OPEN, 2);
    append(zones, 2);
    extend(zones, 3);
    manage(zones, ZoneAction.OPEN, 3);
    manage(zones, ZoneAction.OPEN, 4);
    manage(zones, ZoneAction.CLOSE, 4);
    append(zones, 5);
    manage(zones, ZoneAction.FINISH, 5);
    zones = cycle(zones, geometry(0));
    assertCondition(zones, 0, ZoneCondition.CLOSED, 1);
    assertCondition(zones, 1, ZoneCondition.EMPTY, 10);
    assertCondition(zones, 2, ZoneCondition.CLOSED, 21);
    assertCondition(zones, 3, ZoneCondition.CLOSED, 30);
    assertCondition(zones, 4, ZoneCondition.CLOSED, 40);
    assertCondition(zones, 5, ZoneCondition.FULL, ZoneDescriptor.NO_WRITE_POINTER);
    assertCondition(zones, 8, ZoneCondition.READ_ONLY, ZoneDescriptor.NO_WRITE_POINTER);
    assertCondition(zones, 9, ZoneCondition.OFFLINE, ZoneDescriptor.NO_WRITE_POINTER);
    assertEquals(51, zones.dataEnd(5), "a finished zone has data only as far as it was written");
    zones.close();
  }

  @Test
  void openZonesBeyondALowerActiveLimitAreFinishedAndReported() {
    Zones zones = open(geometry(0));
    for (int i = 0; i < 4; i++) {
      append(zones, i);
    }
    manage(zones, ZoneAction.CLOSE, 3);
    zones = cycle(zones, geometry(2));
    // The closed one keeps its resource, wherever it stands.
    assertCondition(zones, 0, ZoneCondition.CLOSED, 1);
    assertCondition(zones, 1, ZoneCondition.FULL, ZoneDescriptor.NO_WRITE_POINTER);
    assertCondition(zones, 2, ZoneCondition.FULL, ZoneDescriptor.NO_WRITE_POINTER);
    assertCondition(zones, 3, ZoneCondition.CLOSED, 31);
    assertEquals(11, zones.dataEnd(1));
    ByteBuffer log = ZoneMetaFile.buffer(ChangedZones.SIZE);
    zones.writeChangedZones(log, true);
    assertEquals(2, ChangedZones.count(log, 0));
    assertEquals(10, ChangedZones.zone(log, 0, 0));
    assertEquals(20, ChangedZones.zone(log, 0, 1));
    ByteBuffer descriptor = descriptor(zones, 1);
    assertEquals(
        ZoneDescriptor.ATTRIBUTE_FINISHED_BY_CONTROLLER,
        ZoneDescriptor.attributes(descriptor, ZoneDescriptor.HEADER_SIZE));
    zones.close();
  }

  @Test
  void aHundredThousandZonesOpenInAFractionOfASecond() {
    ZoneGeometry geometry = new ZoneGeometry(4096, 100_000, 256, 256, 14, 28, 0, 64, 0, 0, true);
    Zones zones = open(geometry);
    for (int i = 0; i < 28; i++) {
      append(zones, i * 1000);
    }
    long began = System.nanoTime();
    zones = cycle(zones, geometry);
    long millis = (System.nanoTime() - began) / 1_000_000;
    // Printed, and held to by the benchmark: a test must not fail for a slow machine.
    System.out.println("100,000 zones closed and opened in " + millis + " ms");
    assertEquals(28, zones.count(ZoneCondition.CLOSED));
    assertEquals(100_000 - 28, zones.count(ZoneCondition.EMPTY));
    zones.close();
  }

  @Test
  void wornOutZonesStaySo() {
    Zones zones = open(geometry(0));
    append(zones, 0);
    append(zones, 1);
    zones.wearOut(0, ZoneCondition.READ_ONLY);
    zones.wearOut(1, ZoneCondition.OFFLINE);
    assertTrue(zones.hasChangedZones());
    zones = cycle(zones, geometry(0));
    assertCondition(zones, 0, ZoneCondition.READ_ONLY, ZoneDescriptor.NO_WRITE_POINTER);
    assertCondition(zones, 1, ZoneCondition.OFFLINE, ZoneDescriptor.NO_WRITE_POINTER);
    assertEquals(1, zones.dataEnd(0), "its data can still be read");
    zones.close();
  }

  private static ZoneGeometry geometry(int maxActive) {
    return new ZoneGeometry(4096, 10, 10, 8, 0, maxActive, 0, 64, 1, 1, true);
  }

  private Zones open(ZoneGeometry geometry) {
    Path file = directory.resolve("disk.img.zones");
    return Zones.open(geometry, new Zones.Options(file, false, false, Files.exists(file)));
  }

  private Zones cycle(Zones zones, ZoneGeometry geometry) {
    assertEquals(Status.SUCCESS, zones.commit(() -> Status.SUCCESS));
    zones.close();
    return open(geometry);
  }

  private static void append(Zones zones, int zone) {
    ZoneRequest request = new ZoneRequest() {};
    request.append(zone * zones.geometry().zoneSize(), 1);
    assertEquals(Status.SUCCESS, zones.begin(request));
    zones.end(request, false);
  }

  private static void extend(Zones zones, int zone) {
    manage(zones, ZoneAction.SET_DESCRIPTOR_EXTENSION, zone, new byte[64]);
  }

  private static void manage(Zones zones, ZoneAction action, int zone) {
    manage(zones, action, zone, null);
  }

  private static void manage(Zones zones, ZoneAction action, int zone, byte[] extension) {
    ZoneRequest request = new ZoneRequest() {};
    request.manage(action, zone * zones.geometry().zoneSize(), false, extension);
    assertEquals(Status.SUCCESS, zones.begin(request));
    zones.finish(request);
  }

  private static void assertCondition(
      Zones zones, int zone, ZoneCondition condition, long pointer) {
    ByteBuffer report = descriptor(zones, zone);
    int at = ZoneDescriptor.HEADER_SIZE;
    assertEquals(condition, ZoneCondition.ofCode(ZoneDescriptor.condition(report, at)));
    assertEquals(pointer, ZoneDescriptor.writePointer(report, at));
  }

  private static ByteBuffer descriptor(Zones zones, int zone) {
    ByteBuffer report = ZoneMetaFile.buffer(ZoneDescriptor.HEADER_SIZE + ZoneDescriptor.SIZE);
    zones.report(zone * zones.geometry().zoneSize(), null, false, true, report);
    return report;
  }
}
