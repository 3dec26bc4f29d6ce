package dev.doorbell.nvme.zoned;

import static dev.doorbell.nvme.spec.ZoneAction.CLOSE;
import static dev.doorbell.nvme.spec.ZoneAction.FINISH;
import static dev.doorbell.nvme.spec.ZoneAction.OFFLINE;
import static dev.doorbell.nvme.spec.ZoneAction.OPEN;
import static dev.doorbell.nvme.spec.ZoneAction.RESET;
import static dev.doorbell.nvme.spec.ZoneAction.SET_DESCRIPTOR_EXTENSION;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.device.Device;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What zones do on any controller. A subclass per backend says how the device is opened; the cases,
 * and what is expected of each zone, are the same for all.
 *
 * <p>The device has a namespace of at least 16 zones of {@value #CAPACITY} of {@value #SIZE} blocks
 * of 4 KiB, at most 3 open and 5 active, extensions of 64 bytes, appends of up to 128 KiB, and
 * reads across zones. Its content is overwritten.
 */
public abstract class ZoneSuite {
  static final int SIZE = 256;
  static final int CAPACITY = 192;
  static final int MAX_OPEN = 3;
  static final int MAX_ACTIVE = 5;

  private static final long SEED = 0x5EED_0002L;

  private final Random random = new Random(SEED);
  private ZoneHost host;

  /** Opens the device; the media are the same at every call of one test. */
  protected abstract Device openDevice();

  /** Lets the device work, where it does so only when told; called between two polls. */
  protected void letDeviceWork() {
    Thread.onSpinWait();
  }

  /** Whether its zoned namespaces take Verify, which ONCS offers for the controller as a whole. */
  protected boolean verifiesZones() {
    return true;
  }

  @BeforeEach
  void openWithAllZonesEmpty() {
    host = new ZoneHost(openDevice(), this::letDeviceWork);
    assertEquals(Status.SUCCESS, host.manageAll(RESET));
  }

  @AfterEach
  void closeDrive() {
    host.close();
  }

  @Test
  void tellsHowItsZonesAre() {
    assertEquals(SIZE, host.info.zoneBlocks());
    assertEquals(host.namespace.blocks() / SIZE, host.info.zones());
    assertEquals(MAX_OPEN, host.info.maxOpen());
    assertEquals(MAX_ACTIVE, host.info.maxActive());
    assertEquals(64, host.info.extensionBytes());
    assertEquals(128 << 10, host.info.appendMaxBytes());
    assertTrue(host.info.readsAcrossZones());
    List<Zone> zones = host.all();
    assertEquals(host.info.zones(), zones.size());
    for (int i = 0; i < zones.size(); i++) {
      Zone zone = zones.get(i);
      long start = (long) i * SIZE;
      assertEquals(new Zone(i, ZoneCondition.EMPTY, 0, CAPACITY, start, start), zone);
    }
  }

  /** Also what was never written, or was before the last reset. */
  @Test
  void verifiesBlocksOfZonesInAnyConditionWithoutChangingThem() {
    byte[] data = new byte[3 * host.blockSize()];
    random.nextBytes(data);
    host.append(0, data, false);
    bring(1, ZoneCondition.FULL);
    bring(2, ZoneCondition.CLOSED);
    List<Zone> before = host.all();
    if (!verifiesZones()) {
      assertEquals(Status.INVALID_OPCODE, host.verify(0, 3).code());
      assertEquals(before, host.all());
      return;
    }
    assertEquals(Status.SUCCESS, host.verify(0, 3).code());
    assertEquals(Status.SUCCESS, host.verify(2, 2 * SIZE).code());
    assertEquals(Status.SUCCESS, host.verify(host.namespace.blocks() - 1, 1).code());
    assertEquals(Status.LBA_OUT_OF_RANGE, host.verify(host.namespace.blocks() - 1, 2).code());
    assertEquals(before, host.all());
    byte[] there = new byte[data.length];
    host.read(0, there);
    assertArrayEquals(data, there);
    assertEquals(Status.SUCCESS, host.manage(RESET, 0));
    assertEquals(Status.SUCCESS, host.verify(0, 3).code());
  }

  @Test
  void everyActionInEveryConditionGoesByTheTable() {
    for (ZoneCondition condition :
        List.of(
            ZoneCondition.EMPTY,
            ZoneCondition.IMPLICITLY_OPEN,
            ZoneCondition.EXPLICITLY_OPEN,
            ZoneCondition.CLOSED,
            ZoneCondition.FULL)) {
      for (ZoneAction action :
          List.of(OPEN, CLOSE, FINISH, RESET, OFFLINE, SET_DESCRIPTOR_EXTENSION)) {
        bring(2, condition);
        ZoneCondition to = condition.on(action);
        String what = action + " of a zone that is " + condition;
        assertEquals(
            to == null ? Status.INVALID_ZONE_TRANSITION : Status.SUCCESS,
            host.manage(action, 2),
            what);
        assertEquals(to == null ? condition : to, host.condition(2), what);
        assertEquals(ZoneCondition.EMPTY, host.condition(1));
        assertEquals(ZoneCondition.EMPTY, host.condition(3));
      }
    }
  }

  @Test
  void writesGoToTheWritePointerOnly() {
    byte[] data = bytes(4);
    assertEquals(Status.ZONE_INVALID_WRITE, host.write(SIZE + 1, data, false).code());
    assertEquals(ZoneCondition.EMPTY, host.condition(1));
    assertEquals(Status.SUCCESS, host.write(SIZE, data, false).code());
    assertEquals(ZoneCondition.IMPLICITLY_OPEN, host.condition(1));
    assertEquals(SIZE + 4, host.zone(1).writePointer());
    assertEquals(Status.ZONE_INVALID_WRITE, host.write(SIZE, data, false).code());
    assertEquals(Status.ZONE_INVALID_WRITE, host.write(SIZE + 5, data, false).code());
    assertEquals(Status.SUCCESS, host.write(SIZE + 4, data, true).code());
    assertEquals(SIZE + 8, host.zone(1).writePointer());
    byte[] back = new byte[data.length];
    for (int at : new int[] {SIZE, SIZE + 4}) {
      assertEquals(Status.SUCCESS, host.read(at, back).code());
      assertArrayEquals(data, back);
    }
  }

  @Test
  void whatIsNotWrittenReadsAsZerosAlsoAfterAReset() {
    byte[] data = bytes(3);
    host.append(4, data, false);
    byte[] back = new byte[5 * host.blockSize()];
    host.read(4 * SIZE, back);
    assertArrayEquals(data, Arrays.copyOf(back, data.length));
    assertZeros(back, data.length);
    assertEquals(Status.SUCCESS, host.manage(RESET, 4));
    host.read(4 * SIZE, back);
    assertZeros(back, 0);
    host.append(4, bytes(1), false);
    assertEquals(Status.SUCCESS, host.manage(FINISH, 4));
    host.read(4 * SIZE + 1, back);
    assertZeros(back, 0);
    // Beyond the capacity of a zone.
    host.read(4 * SIZE + CAPACITY, back);
    assertZeros(back, 0);
  }

  @Test
  void readsCrossFromZoneToZone() {
    byte[] second = bytes(2);
    host.append(6, second, false);
    byte[] back = new byte[4 * host.blockSize()];
    assertEquals(Status.SUCCESS, host.read(6 * SIZE - 2, back).code());
    assertZeros(Arrays.copyOf(back, 2 * host.blockSize()), 0);
    assertArrayEquals(second, Arrays.copyOfRange(back, 2 * host.blockSize(), back.length));
  }

  @Test
  void appendsTellWhereTheyWent() {
    long expected = 3L * SIZE;
    for (int blocks : new int[] {1, 7, 32, 2}) {
      byte[] data = bytes(blocks);
      ZoneHost.Outcome outcome = host.append(3, data, blocks % 2 == 0);
      assertEquals(Status.SUCCESS, outcome.code());
      assertEquals(expected, outcome.lba());
      expected += blocks;
      byte[] back = new byte[data.length];
      host.read(outcome.lba(), back);
      assertArrayEquals(data, back);
    }
    assertEquals(expected, host.zone(3).writePointer());
  }

  @Test
  void manyAppendsAtOnceTakePlacesOfTheirOwnWithoutAGap() {
    int count = 100;
    List<ZoneHost.Result> results = new ArrayList<>();
    List<DmaBuffer> buffers = new ArrayList<>();
    host.queue.pair().plug();
    for (int i = 0; i < count; i++) {
      byte[] data = new byte[host.blockSize()];
      Arrays.fill(data, (byte) i);
      ZoneHost.Result result = new ZoneHost.Result();
      DmaBuffer buffer = host.buffer(data);
      assertTrue(host.zones.append(result, 5, 1, buffer, 0, i % 3 == 0));
      results.add(result);
      buffers.add(buffer);
    }
    host.queue.pair().unplug();
    results.forEach(host::await);
    buffers.forEach(DmaBuffer::release);
    TreeSet<Long> places = new TreeSet<>();
    byte[] back = new byte[host.blockSize()];
    for (int i = 0; i < count; i++) {
      assertEquals(Status.SUCCESS, results.get(i).status);
      places.add(results.get(i).lba);
      host.read(results.get(i).lba, back);
      assertEquals((byte) i, back[0]);
      assertEquals((byte) i, back[back.length - 1]);
    }
    assertEquals(count, places.size());
    assertEquals(5L * SIZE, places.first());
    assertEquals(5L * SIZE + count - 1, places.last());
  }

  @Test
  void twoQueuesAppendToOneZoneWithoutALock() throws Exception {
    IoQueueHandle handle = host.drive.openQueue(1 << 20);
    ZoneHost second = new ZoneHost(host.drive, handle, this::letDeviceWork);
    handle.queue().setOwner(null);
    List<Long> others = new ArrayList<>();
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> {
              handle.queue().setOwner(Thread.currentThread());
              for (int i = 0; i < 60; i++) {
                others.add(second.append(7, new byte[second.blockSize()], i % 2 == 0).lba());
              }
              handle.queue().setOwner(null);
            });
    List<Long> mine = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      mine.add(host.append(7, new byte[host.blockSize()], i % 2 == 0).lba());
    }
    other.get(60, TimeUnit.SECONDS);
    TreeSet<Long> places = new TreeSet<>(mine);
    places.addAll(others);
    assertEquals(120, places.size());
    assertEquals(7L * SIZE + 119, places.last());
    assertEquals(7L * SIZE + 120, host.zone(7).writePointer());
  }

  @Test
  void appendsToOtherThanAZonesStartOrTooLargeAreRefused() {
    assertEquals(Status.INVALID_FIELD, host.appendAt(SIZE + 1, 1).code());
    assertEquals(Status.INVALID_FIELD, host.appendAt(SIZE, 33).code());
    assertEquals(Status.SUCCESS, host.appendAt(SIZE, 32).code());
  }

  @Test
  void aFullZoneTakesNoMore() {
    fill(8);
    assertEquals(ZoneCondition.FULL, host.condition(8));
    assertEquals(ZoneDescriptor.NO_WRITE_POINTER, host.zone(8).writePointer());
    assertEquals(Status.ZONE_IS_FULL, host.write(8 * SIZE, bytes(1), false).code());
    assertEquals(Status.ZONE_IS_FULL, host.append(8, bytes(1), false).code());
    assertEquals(Status.SUCCESS, host.manage(RESET, 8));
    assertEquals(8L * SIZE, host.append(8, bytes(1), false).lba());
  }

  @Test
  void aWriteAcrossTheCapacityIsABoundaryError() {
    for (int i = 0; i < CAPACITY / 32 - 1; i++) {
      host.append(9, bytes(32), false);
    }
    long pointer = 9L * SIZE + CAPACITY - 32;
    host.append(9, bytes(31), false);
    assertEquals(Status.ZONE_BOUNDARY_ERROR, host.write(pointer + 31, bytes(2), false).code());
    assertEquals(Status.ZONE_BOUNDARY_ERROR, host.append(9, bytes(2), false).code());
    assertEquals(pointer + 31, host.zone(9).writePointer());
    assertEquals(Status.SUCCESS, host.append(9, bytes(1), false).code());
    assertEquals(ZoneCondition.FULL, host.condition(9));
  }

  @Test
  void oneOpenZoneMoreThanAllowedClosesTheOldestImplicitOne() {
    for (int i = 0; i < MAX_OPEN; i++) {
      host.append(i, bytes(1), false);
    }
    host.append(MAX_OPEN, bytes(1), false);
    assertEquals(ZoneCondition.CLOSED, host.condition(0));
    assertEquals(ZoneCondition.IMPLICITLY_OPEN, host.condition(1));
    assertEquals(ZoneCondition.IMPLICITLY_OPEN, host.condition(MAX_OPEN));
    assertEquals(Status.SUCCESS, host.manage(OPEN, 0));
    assertEquals(ZoneCondition.CLOSED, host.condition(1));
    assertEquals(ZoneCondition.EXPLICITLY_OPEN, host.condition(0));
  }

  @Test
  void explicitlyOpenZonesAreNotClosedForOthers() {
    for (int i = 0; i < MAX_OPEN; i++) {
      assertEquals(Status.SUCCESS, host.manage(OPEN, i));
    }
    assertEquals(Status.TOO_MANY_OPEN_ZONES, host.manage(OPEN, MAX_OPEN));
    assertEquals(Status.TOO_MANY_OPEN_ZONES, host.append(MAX_OPEN, bytes(1), false).code());
    assertEquals(ZoneCondition.EMPTY, host.condition(MAX_OPEN));
    assertEquals(Status.SUCCESS, host.manage(CLOSE, 0));
    assertEquals(Status.SUCCESS, host.append(MAX_OPEN, bytes(1), false).code());
  }

  @Test
  void noMoreZonesAreActiveThanAllowed() {
    for (int i = 0; i < MAX_ACTIVE; i++) {
      host.append(i, bytes(1), false);
      assertEquals(Status.SUCCESS, host.manage(CLOSE, i));
    }
    assertEquals(Status.TOO_MANY_ACTIVE_ZONES, host.append(MAX_ACTIVE, bytes(1), false).code());
    assertEquals(Status.TOO_MANY_ACTIVE_ZONES, host.manage(OPEN, MAX_ACTIVE));
    assertEquals(Status.TOO_MANY_ACTIVE_ZONES, host.manage(SET_DESCRIPTOR_EXTENSION, MAX_ACTIVE));
    assertEquals(ZoneCondition.EMPTY, host.condition(MAX_ACTIVE));
    assertEquals(Status.SUCCESS, host.manage(FINISH, 2));
    assertEquals(Status.SUCCESS, host.append(MAX_ACTIVE, bytes(1), false).code());
  }

  @Test
  void selectAllActsOnTheZonesThatFit() {
    host.append(0, bytes(1), false);
    assertEquals(Status.SUCCESS, host.manage(OPEN, 1));
    host.append(2, bytes(1), false);
    assertEquals(Status.SUCCESS, host.manage(CLOSE, 2));
    assertEquals(Status.SUCCESS, host.manage(FINISH, 3));

    assertEquals(Status.SUCCESS, host.manageAll(CLOSE));
    assertConditions("CCCF", 4);
    assertEquals(Status.SUCCESS, host.manageAll(OPEN));
    assertConditions("OOOF", 4);
    assertEquals(Status.SUCCESS, host.manageAll(FINISH));
    assertConditions("FFFFE", 5);
    assertEquals(Status.SUCCESS, host.manageAll(OFFLINE));
    assertConditions("FFFFE", 5);
    assertEquals(Status.SUCCESS, host.manageAll(RESET));
    assertConditions("EEEEE", 5);
  }

  @Test
  void extensionsAreKeptUntilTheZoneIsReset() {
    byte[] extension = new byte[host.info.extensionBytes()];
    random.nextBytes(extension);
    assertEquals(Status.SUCCESS, host.extend(10, extension));
    assertEquals(ZoneCondition.CLOSED, host.condition(10));
    assertTrue(host.zone(10).extended());
    assertArrayEquals(extension, host.extension(10));
    host.append(10, bytes(1), false);
    assertEquals(Status.INVALID_ZONE_TRANSITION, host.extend(10, extension));
    assertArrayEquals(extension, host.extension(10));
    assertEquals(Status.SUCCESS, host.manage(RESET, 10));
    assertFalse(host.zone(10).extended());
  }

  @Test
  void reportsCountFilterAndStopWhereTheyAreAskedTo() {
    host.append(1, bytes(1), false);
    host.append(4, bytes(1), false);
    host.manage(FINISH, 4);
    host.manage(FINISH, 6);
    int zones = host.info.zones();
    assertEquals(2, host.report(0, ZoneCondition.FULL, false, 8).count());
    assertEquals(
        List.of(4, 6),
        host.report(0, ZoneCondition.FULL, true, 8).zones().stream().map(Zone::index).toList());
    assertEquals(1, host.report(5, ZoneCondition.FULL, true, 8).count());
    assertEquals(zones - 3, host.report(0, ZoneCondition.EMPTY, false, 2).count());
    assertEquals(2, host.report(0, ZoneCondition.EMPTY, true, 2).count());
    assertEquals(
        List.of(0, 2),
        host.report(0, ZoneCondition.EMPTY, true, 2).zones().stream().map(Zone::index).toList());
    assertEquals(0, host.report(0, ZoneCondition.OFFLINE, false, 2).count());
    assertEquals(zones - 3, host.report(3, null, false, 1).count());
    assertEquals(0, host.report(0, null, true, 0).count());
  }

  @Test
  void stateSurvivesAnOrderlyEnd() {
    byte[] data = bytes(5);
    byte[] extension = new byte[host.info.extensionBytes()];
    random.nextBytes(extension);
    host.append(0, data, false);
    host.manage(OPEN, 1);
    host.append(2, bytes(1), false);
    host.manage(CLOSE, 2);
    host.manage(FINISH, 3);
    host.extend(4, extension);
    fill(5);
    host.close();
    host = new ZoneHost(openDevice(), this::letDeviceWork);
    // What was open is closed, or empty if it was not written.
    assertConditions("CECFCFE", 7);
    assertEquals(5, host.zone(0).writePointer());
    assertEquals(2L * SIZE + 1, host.zone(2).writePointer());
    assertArrayEquals(extension, host.extension(4));
    byte[] back = new byte[data.length];
    host.read(0, back);
    assertArrayEquals(data, back);
    assertEquals(5, host.append(0, bytes(1), true).lba());
  }

  private void bring(int zone, ZoneCondition condition) {
    assertEquals(Status.SUCCESS, host.manage(RESET, zone));
    switch (condition) {
      case IMPLICITLY_OPEN -> host.append(zone, bytes(1), false);
      case EXPLICITLY_OPEN -> host.manage(OPEN, zone);
      case CLOSED -> {
        host.append(zone, bytes(1), false);
        host.manage(CLOSE, zone);
      }
      case FULL -> host.manage(FINISH, zone);
      default -> {
        // Empty after the reset.
      }
    }
    assertEquals(condition, host.condition(zone));
  }

  private void fill(int zone) {
    for (int i = 0; i < CAPACITY / 32; i++) {
      assertEquals(Status.SUCCESS, host.append(zone, bytes(32), false).code());
    }
  }

  /** One letter for each zone: Empty, open (I or O), Closed, Full. */
  private void assertConditions(String letters, int zones) {
    StringBuilder found = new StringBuilder();
    for (Zone zone : host.report(0, null, true, zones).zones()) {
      found.append(
          switch (zone.condition()) {
            case IMPLICITLY_OPEN -> 'I';
            case EXPLICITLY_OPEN -> 'O';
            default -> zone.condition().name().charAt(0);
          });
    }
    assertEquals(letters, found.toString());
  }

  private void assertZeros(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        assertEquals(0, bytes[i], "byte " + i);
      }
    }
  }

  private byte[] bytes(int blocks) {
    byte[] bytes = new byte[blocks * host.blockSize()];
    random.nextBytes(bytes);
    return bytes;
  }
}
