package dev.doorbell.emulated.zoned;

import static dev.doorbell.emulated.zoned.ZoneMetaLayout.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way in which a zone metadata file may not be right: refused by its name, and untouched. */
class ZoneMetaRefusalTest {
  private static final int SECTORS = ZoneMetaFile.DEFAULT_JOURNAL_SECTORS;

  /** 16 zones of 32 blocks of 4 KiB, the last read only and offline. */
  private static final ZoneGeometry GEOMETRY =
      new ZoneGeometry(4096, 16, 32, 24, 3, 8, 0, 64, 1, 1, true);

  // What the zones of the file are, by what is done to them below.
  private static final int EMPTY = 5;
  private static final int CLOSED = 1;
  private static final int FULL = 2;

  @TempDir Path directory;
  private Path file;
  private Path image;

  @BeforeEach
  void makeDrive() throws IOException {
    image = directory.resolve("disk.img");
    Files.write(image, new byte[4096]);
    file = Zones.Options.beside(image);
    try (Zones zones = open(GEOMETRY)) {
      write(zones, CLOSED, 3);
      manage(zones, ZoneAction.CLOSE, CLOSED);
      write(zones, FULL, 24);
      manage(zones, ZoneAction.OPEN, 3);
      write(zones, 4, 7);
      assertEquals(Status.SUCCESS, zones.commit(() -> Status.SUCCESS));
      assertEquals(1, zones.count(ZoneCondition.EXPLICITLY_OPEN));
      assertEquals(1, zones.count(ZoneCondition.IMPLICITLY_OPEN));
    }
  }

  @Test
  void aFileThatIsRightIsTaken() {
    try (Zones zones = open(GEOMETRY)) {
      assertEquals(2, zones.count(ZoneCondition.CLOSED));
      assertEquals(1, zones.count(ZoneCondition.FULL));
      assertEquals(0, zones.count(ZoneCondition.EXPLICITLY_OPEN));
    }
  }

  @ParameterizedTest
  @EnumSource(ZoneMetaReason.class)
  void eachReasonIsGivenAndTheFileIsLeftAsItIs(ZoneMetaReason reason) throws IOException {
    ZoneGeometry geometry = damage(reason);
    byte[] before = Files.exists(file) ? Files.readAllBytes(file) : null;
    byte[] data = Files.readAllBytes(image);

    ZoneMetaException e = assertThrows(ZoneMetaException.class, () -> openAfter(reason, geometry));

    assertEquals(reason, e.reason(), e.getMessage());
    assertTrue(e.getMessage().contains(reason.message()), e.getMessage());
    assertTrue(e.getMessage().contains("--zone-meta=reinitialize"), e.getMessage());
    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    assertEquals(before != null, Files.exists(file));
    if (before != null) {
      assertArrayEquals(before, Files.readAllBytes(file));
    }
    assertArrayEquals(data, Files.readAllBytes(image));
    assertEquals(before == null ? 1 : 2, filesInDirectory());
  }

  @ParameterizedTest
  @EnumSource(ZoneMetaReason.class)
  void reinitializeMovesTheFileAsideAndStartsEmpty(ZoneMetaReason reason) throws IOException {
    ZoneGeometry geometry = damage(reason);
    byte[] before = Files.exists(file) ? Files.readAllBytes(file) : null;
    Zones.Options options =
        new Zones.Options(file, false, true, reason != ZoneMetaReason.IMAGE_EMPTY);
    try (Zones zones = Zones.open(geometry, options)) {
      int worn = geometry.offlineZones() + geometry.readOnlyZones();
      assertEquals(geometry.zones() - worn, zones.count(ZoneCondition.EMPTY));
    }
    if (before != null) {
      assertArrayEquals(before, Files.readAllBytes(Path.of(file + ".1")));
    }
    open(geometry).close();
  }

  @Test
  void reinitializeLeavesAFileThatIsRightAsItIs() throws IOException {
    try (Zones zones = Zones.open(GEOMETRY, new Zones.Options(file, false, true, true))) {
      assertEquals(1, zones.count(ZoneCondition.FULL));
    }
    assertEquals(2, filesInDirectory());
  }

  @Test
  void whatIsMovedAsideNeverReplacesWhatWasBefore() throws IOException {
    for (int i = 1; i <= 3; i++) {
      Files.write(file, new byte[] {(byte) i});
      Zones.open(GEOMETRY, new Zones.Options(file, false, true, true)).close();
      assertArrayEquals(new byte[] {(byte) i}, Files.readAllBytes(Path.of(file + "." + i)));
    }
  }

  @Test
  void everyBitOfWhatIsInForceCounts() throws IOException {
    byte[] right = Files.readAllBytes(file);
    long seed = System.nanoTime();
    System.out.println("ZoneMetaRefusalTest: seed " + seed);
    Random random = new Random(seed);
    int half = inForce(right);
    int bodyAt = (int) bodyAt(GEOMETRY, half);
    int journalAt = (int) journalAt(GEOMETRY, half, SECTORS);
    for (int i = 0; i < 300; i++) {
      int at =
          switch (i % 4) {
            case 0 -> random.nextInt(SECTOR);
            case 1 -> PAGE + random.nextInt(SECTOR);
            case 2 -> bodyAt + random.nextInt((int) bodyBytes(GEOMETRY));
            default -> journalAt + random.nextInt(SECTOR * 4);
          };
      byte[] damaged = right.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      assertThrows(ZoneMetaException.class, () -> open(GEOMETRY), "byte " + at);
      assertArrayEquals(damaged, Files.readAllBytes(file));
    }
  }

  static Stream<Integer> lengths() {
    int whole = (int) fileBytes(GEOMETRY, SECTORS);
    return Stream.of(0, 1, 511, 512, 4096, 8191, 8192, 9000, whole / 2, whole - 1, whole + 1);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void aFileOfAnotherLengthIsRefused(int length) throws IOException {
    byte[] cut = Arrays.copyOf(Files.readAllBytes(file), length);
    Files.write(file, cut);
    ZoneMetaException e = assertThrows(ZoneMetaException.class, () -> open(GEOMETRY));
    ZoneMetaReason expected = length == 0 ? ZoneMetaReason.ZERO_LENGTH : ZoneMetaReason.LENGTH;
    assertEquals(expected, e.reason(), e.getMessage());
    assertArrayEquals(cut, Files.readAllBytes(file));
  }

  @Test
  void readOnlyPowerOnChangesNothingInTheFile() throws IOException {
    byte[] before = Files.readAllBytes(file);
    try (Zones zones = Zones.open(GEOMETRY, new Zones.Options(file, true, false, true))) {
      assertEquals(2, zones.count(ZoneCondition.CLOSED));
    }
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  private Zones openAfter(ZoneMetaReason reason, ZoneGeometry geometry) {
    boolean imageHoldsData = reason != ZoneMetaReason.IMAGE_EMPTY;
    return Zones.open(geometry, new Zones.Options(file, false, false, imageHoldsData));
  }

  /** Sees to it that this and no other reason applies; returns the geometry to open with. */
  private ZoneGeometry damage(ZoneMetaReason reason) throws IOException {
    switch (reason) {
      case ZERO_LENGTH -> Files.write(file, new byte[0]);
      case MAGIC -> patch(b -> b.putInt(HEADER_MAGIC, 0x3AEBAA70));
      case VERSION ->
          patch(
              b -> {
                b.putInt(HEADER_VERSION, 0);
                b.putInt(PAGE + HEADER_VERSION, 0);
              });
      case CHECKSUM -> patch(b -> b.put((int) bodyAt(GEOMETRY, inForce(b.array())), (byte) 0));
      case LENGTH -> patch(b -> {}, SECTOR);
      case ZONE_SIZE -> {
        return geometry(4096, 16, 31, 24, 8, 64, 1, 1);
      }
      case ZONE_CAPACITY -> {
        return geometry(4096, 16, 32, 23, 8, 64, 1, 1);
      }
      case OFFLINE_ZONES -> {
        return geometry(4096, 16, 32, 24, 8, 64, 2, 1);
      }
      case READ_ONLY_ZONES -> {
        return geometry(4096, 16, 32, 24, 8, 64, 1, 0);
      }
      case BLOCK_SIZE -> {
        return geometry(512, 16, 32, 24, 8, 64, 1, 1);
      }
      case EXTENSION_SIZE -> {
        return geometry(4096, 16, 32, 24, 8, 128, 1, 1);
      }
      case ZONES -> {
        return geometry(4096, 17, 32, 24, 8, 64, 1, 1);
      }
      case ZONE_TYPE -> patchZone(EMPTY, (b, at) -> b.put(at, (byte) 1));
      case ZONE_DESCRIPTOR_CAPACITY -> patchZone(EMPTY, (b, at) -> b.putLong(at + 8, 25));
      case ZONE_START -> patchZone(EMPTY, (b, at) -> b.putLong(at + 16, 1));
      case POINTER_OF_UNWRITTEN ->
          patchZone(EMPTY, (b, at) -> b.putLong(at + 24, b.getLong(at + 24) + 1));
      case POINTER_OUTSIDE -> patchZone(CLOSED, (b, at) -> b.putLong(at + 24, 32 + 24));
      case POINTER_OF_FULL ->
          patchZone(FULL, (b, at) -> b.putLong(at + 24, b.getLong(at + 24) - 1));
      case CONDITION -> patchZone(EMPTY, (b, at) -> b.put(at + 1, (byte) 0x50));
      case DATA_END -> patchZone(CLOSED, (b, at) -> b.putLong(at + ZONE_DATA_END, 32 + 4));
      case IMPLICITLY_OPEN_COUNT -> patchCount(0);
      case EXPLICITLY_OPEN_COUNT -> patchCount(1);
      case CLOSED_COUNT -> patchCount(2);
      case FULL_COUNT -> patchCount(3);
      case JOURNAL ->
          patch(b -> b.put((int) journalAt(GEOMETRY, inForce(b.array()), SECTORS) + 100, (byte) 1));
      case ACTIVE_LIMIT -> {
        open(GEOMETRY).close();
        return geometry(4096, 16, 32, 24, 1, 64, 1, 1);
      }
      case IMAGE_EMPTY -> {
        // By the options.
      }
      case MISSING -> Files.delete(file);
    }
    return GEOMETRY;
  }

  private static ZoneGeometry geometry(
      int block, int zones, long size, long capacity, int active, int extension, int off, int ro) {
    return new ZoneGeometry(
        block, zones, size, capacity, Math.min(3, active), active, 0, extension, off, ro, true);
  }

  private interface Patch {
    void apply(ByteBuffer file);
  }

  private interface ZonePatch {
    void apply(ByteBuffer file, int zoneAt);
  }

  private void patch(Patch patch) throws IOException {
    patch(patch, 0);
  }

  private void patch(Patch patch, int cutOff) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    patch.apply(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    Files.write(file, Arrays.copyOf(bytes, bytes.length - cutOff));
  }

  /** Changes a zone in the body in force, and makes all checksums fit again. */
  private void patchZone(int zone, ZonePatch patch) throws IOException {
    // Power-on writes everything to a body; without that it would still be in the journal.
    open(GEOMETRY).close();
    patch(
        b -> {
          int half = inForce(b.array());
          patch.apply(b, (int) bodyAt(GEOMETRY, half) + zone * ZONE);
          int crc = crc(b, (int) bodyAt(GEOMETRY, half), (int) bodyBytes(GEOMETRY), -1);
          b.putInt(half * PAGE + HEADER_BODY_CRC, crc);
          seal(b, half);
        });
  }

  private void patchCount(int which) throws IOException {
    patch(
        b -> {
          int half = inForce(b.array());
          int at = half * PAGE + HEADER_COUNTS + Integer.BYTES * which;
          b.putInt(at, b.getInt(at) + 1);
          seal(b, half);
        });
  }

  private static void seal(ByteBuffer b, int half) {
    b.putInt(half * PAGE + HEADER_CRC, crc(b, half * PAGE, SECTOR, half * PAGE + HEADER_CRC));
  }

  private static int inForce(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return b.getLong(HEADER_GENERATION) > b.getLong(PAGE + HEADER_GENERATION) ? 0 : 1;
  }

  private Zones open(ZoneGeometry geometry) {
    boolean holdsData = Files.exists(file);
    return Zones.open(geometry, new Zones.Options(file, false, false, holdsData));
  }

  private long filesInDirectory() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.count();
    }
  }

  private static void write(Zones zones, int zone, int blocks) {
    ZoneRequest request = new ZoneRequest() {};
    request.append(zone * GEOMETRY.zoneSize(), blocks);
    assertEquals(Status.SUCCESS, zones.begin(request));
    zones.end(request, false);
  }

  private static void manage(Zones zones, ZoneAction action, int zone) {
    ZoneRequest request = new ZoneRequest() {};
    request.manage(action, zone * GEOMETRY.zoneSize(), false, null);
    assertEquals(Status.SUCCESS, zones.begin(request));
    zones.finish(request);
  }
}
