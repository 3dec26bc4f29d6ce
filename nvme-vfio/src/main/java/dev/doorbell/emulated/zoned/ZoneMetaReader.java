package dev.doorbell.emulated.zoned;

import static dev.doorbell.emulated.zoned.ZoneMetaLayout.*;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.Errno;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import java.nio.ByteBuffer;

/** Reads and checks a zone metadata file; changes nothing. */
final class ZoneMetaReader {
  /** More than any sensible journal, so that a header cannot ask for all memory. */
  private static final int MAX_JOURNAL_SECTORS = 1 << 20;

  private final String path;
  private final MetaStorage storage;
  private final ZoneGeometry geometry;
  private final ByteBuffer[] headers = new ByteBuffer[2];

  /**
   * The state in force.
   *
   * @param body of all zones, journal included
   * @param counts of zones, as {@link ZoneMetaFile#COUNTED}
   */
  record Found(
      ByteBuffer body,
      int[] counts,
      int half,
      long generation,
      long sequence,
      int journalSectors) {}

  private ZoneMetaReader(String path, MetaStorage storage, ZoneGeometry geometry) {
    this.path = path;
    this.storage = storage;
    this.geometry = geometry;
  }

  /**
   * Reads the state in force.
   *
   * @throws ZoneMetaException with the reason if the file is not right in every respect
   * @throws DeviceException if it cannot be read
   */
  static Found read(String path, MetaStorage storage, ZoneGeometry geometry) {
    return new ZoneMetaReader(path, storage, geometry).read();
  }

  /** Sets up the zones of a table. */
  static void restore(Found found, ZoneGeometry geometry, ZoneTable table) {
    ByteBuffer body = found.body();
    for (int i = 0; i < geometry.zones(); i++) {
      int at = i * ZONE;
      int attributes = ZoneDescriptor.attributes(body, at);
      byte[] extension = null;
      if ((attributes & ZoneDescriptor.ATTRIBUTE_EXTENSION_VALID) != 0) {
        extension = new byte[geometry.extensionBytes()];
        body.get(extensionAt(geometry, i), extension);
      }
      table.restore(
          i,
          ZoneCondition.ofCode(ZoneDescriptor.condition(body, at)),
          attributes,
          ZoneDescriptor.writePointer(body, at),
          body.getLong(at + ZONE_DATA_END),
          extension);
    }
  }

  static void writeZone(
      ByteBuffer body,
      ZoneGeometry geometry,
      int index,
      ZoneCondition condition,
      int attributes,
      long pointer,
      long dataEnd) {
    int at = index * ZONE;
    ZoneDescriptor.write(
        body,
        at,
        condition,
        attributes,
        geometry.zoneCapacity(),
        index * geometry.zoneSize(),
        pointer);
    body.putLong(at + ZONE_DATA_END, dataEnd);
  }

  static int extensionAt(ZoneGeometry geometry, int index) {
    return geometry.zones() * ZONE + index * geometry.extensionBytes();
  }

  private Found read() {
    long size = storage.size();
    if (size == 0) {
      throw refused(ZoneMetaReason.ZERO_LENGTH, "");
    }
    if (size < 2L * PAGE) {
      throw refused(
          ZoneMetaReason.LENGTH, "it has " + size + " bytes, its headers alone take " + 2 * PAGE);
    }
    for (int i = 0; i < headers.length; i++) {
      headers[i] = ZoneMetaFile.buffer(SECTOR);
      readAll(headers[i], headerAt(i));
      checkHeader(i);
    }
    int half = inForce();
    ByteBuffer header = headers[half];
    checkGeometry(header, size);
    int journalSectors = header.getInt(HEADER_JOURNAL_SECTORS);
    ByteBuffer body = ZoneMetaFile.buffer(Math.toIntExact(bodyBytes(geometry)));
    readAll(body, bodyAt(geometry, half));
    if (crc(body, 0, body.capacity(), -1) != header.getInt(HEADER_BODY_CRC)) {
      throw refused(ZoneMetaReason.CHECKSUM, "the zones of half " + half);
    }
    int[] counts = new int[ZoneMetaFile.COUNTED.length];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = header.getInt(HEADER_COUNTS + Integer.BYTES * i);
    }
    checkZones(body, counts);
    long sequence = replay(half, journalSectors, body, counts);
    if (sequence != header.getLong(HEADER_SEQUENCE)) {
      checkZones(body, counts);
    }
    return new Found(
        body, counts, half, header.getLong(HEADER_GENERATION), sequence, journalSectors);
  }

  private void checkHeader(int half) {
    ByteBuffer h = headers[half];
    if (h.getInt(HEADER_MAGIC) != MAGIC) {
      throw refused(ZoneMetaReason.MAGIC, "it begins with %08Xh".formatted(h.getInt(HEADER_MAGIC)));
    }
    int version = h.getInt(HEADER_VERSION);
    if (version != VERSION) {
      throw refused(
          ZoneMetaReason.VERSION, "it has version " + version + ", supported is " + VERSION);
    }
    if (h.getInt(HEADER_CRC) != crc(h, 0, SECTOR, HEADER_CRC)) {
      throw refused(ZoneMetaReason.CHECKSUM, "the header of half " + half);
    }
  }

  /** The complete half of the higher generation; the other may be older, or was being rewritten. */
  private int inForce() {
    boolean valid0 = headers[0].getInt(HEADER_STATE) == STATE_VALID;
    boolean valid1 = headers[1].getInt(HEADER_STATE) == STATE_VALID;
    long ahead = headers[1].getLong(HEADER_GENERATION) - headers[0].getLong(HEADER_GENERATION);
    if (valid0 && valid1 && Math.abs(ahead) == 1) {
      return ahead > 0 ? 1 : 0;
    }
    // Neither a rewrite nor a first use can follow anything but the half in force.
    if (valid0 != valid1) {
      int state = headers[valid0 ? 1 : 0].getInt(HEADER_STATE);
      long behind = valid0 ? ahead : -ahead;
      if (state == STATE_WRITING && behind == 1 || state == STATE_NONE && behind == -1) {
        return valid0 ? 0 : 1;
      }
    }
    throw refused(ZoneMetaReason.CHECKSUM, "neither half is the newest complete one");
  }

  private void checkGeometry(ByteBuffer h, long size) {
    same(ZoneMetaReason.ZONE_SIZE, h.getLong(HEADER_ZONE_SIZE), geometry.zoneSize(), "blocks");
    same(
        ZoneMetaReason.ZONE_CAPACITY,
        h.getLong(HEADER_ZONE_CAPACITY),
        geometry.zoneCapacity(),
        "blocks");
    same(ZoneMetaReason.OFFLINE_ZONES, h.getInt(HEADER_OFFLINE), geometry.offlineZones(), "zones");
    same(
        ZoneMetaReason.READ_ONLY_ZONES,
        h.getInt(HEADER_READ_ONLY),
        geometry.readOnlyZones(),
        "zones");
    same(ZoneMetaReason.BLOCK_SIZE, h.getInt(HEADER_BLOCK_SIZE), geometry.blockSize(), "bytes");
    same(
        ZoneMetaReason.EXTENSION_SIZE,
        h.getInt(HEADER_EXTENSION),
        geometry.extensionBytes(),
        "bytes");
    same(ZoneMetaReason.ZONES, h.getInt(HEADER_ZONES), geometry.zones(), "zones");
    int sectors = h.getInt(HEADER_JOURNAL_SECTORS);
    long expected =
        sectors < 1 || sectors > MAX_JOURNAL_SECTORS ? -1 : fileBytes(geometry, sectors);
    if (size != expected) {
      throw refused(
          ZoneMetaReason.LENGTH, "it has " + size + " bytes, its header makes " + expected);
    }
  }

  private void same(ZoneMetaReason reason, long inFile, long configured, String unit) {
    if (inFile != configured) {
      throw refused(reason, "the file has %d %s, the drive %d".formatted(inFile, unit, configured));
    }
  }

  private void checkZones(ByteBuffer body, int[] expected) {
    int[] counted = new int[ZoneCondition.values().length];
    for (int i = 0; i < geometry.zones(); i++) {
      checkZone(body, i, counted);
    }
    ZoneMetaReason[] reasons = {
      ZoneMetaReason.IMPLICITLY_OPEN_COUNT,
      ZoneMetaReason.EXPLICITLY_OPEN_COUNT,
      ZoneMetaReason.CLOSED_COUNT,
      ZoneMetaReason.FULL_COUNT
    };
    for (int i = 0; i < reasons.length; i++) {
      int zones = counted[ZoneMetaFile.COUNTED[i].ordinal()];
      if (zones != expected[i]) {
        throw refused(reasons[i], zones + " zones are, the list has " + expected[i]);
      }
    }
  }

  private void checkZone(ByteBuffer body, int index, int[] counted) {
    int at = index * ZONE;
    if (ZoneDescriptor.type(body, at) != ZoneDescriptor.TYPE_SEQUENTIAL_WRITE_REQUIRED) {
      throw refused(ZoneMetaReason.ZONE_TYPE, index, ZoneDescriptor.type(body, at));
    }
    if (ZoneDescriptor.capacity(body, at) != geometry.zoneCapacity()) {
      throw refused(
          ZoneMetaReason.ZONE_DESCRIPTOR_CAPACITY, index, ZoneDescriptor.capacity(body, at));
    }
    long start = index * geometry.zoneSize();
    if (ZoneDescriptor.start(body, at) != start) {
      throw refused(ZoneMetaReason.ZONE_START, index, ZoneDescriptor.start(body, at));
    }
    int code = ZoneDescriptor.condition(body, at);
    ZoneCondition condition = ZoneCondition.ofCode(code);
    if (condition == null) {
      throw refused(ZoneMetaReason.CONDITION, index, code);
    }
    long end = start + geometry.zoneCapacity();
    long pointer = ZoneDescriptor.writePointer(body, at);
    switch (condition) {
      case EMPTY, OFFLINE, READ_ONLY ->
          require(pointer == start, ZoneMetaReason.POINTER_OF_UNWRITTEN, index, pointer);
      case IMPLICITLY_OPEN, EXPLICITLY_OPEN, CLOSED ->
          require(
              pointer >= start && pointer < end, ZoneMetaReason.POINTER_OUTSIDE, index, pointer);
      case FULL -> require(pointer == end, ZoneMetaReason.POINTER_OF_FULL, index, pointer);
    }
    long dataEnd = body.getLong(at + ZONE_DATA_END);
    boolean dataFits =
        condition.writable() ? dataEnd == pointer : dataEnd >= start && dataEnd <= end;
    require(dataFits, ZoneMetaReason.DATA_END, index, dataEnd);
    counted[condition.ordinal()]++;
  }

  private void require(boolean ok, ZoneMetaReason reason, int zone, long value) {
    if (!ok) {
      throw refused(reason, zone, value);
    }
  }

  /** Applies all complete transactions to the body; returns the number of the last. */
  private long replay(int half, int sectors, ByteBuffer body, int[] counts) {
    ByteBuffer journal = ZoneMetaFile.buffer(sectors * SECTOR);
    readAll(journal, journalAt(geometry, half, sectors));
    boolean[] written = new boolean[sectors];
    for (int i = 0; i < sectors; i++) {
      written[i] = checkSector(journal, i);
    }
    long sequence = headers[half].getLong(HEADER_SEQUENCE);
    int next = 0;
    while (next < sectors && written[next]) {
      int parts = partsOf(journal, next, sequence + 1, sectors, written);
      if (parts == 0) {
        break;
      }
      for (int i = next; i < next + parts; i++) {
        apply(journal, i, body, counts);
      }
      sequence++;
      next += parts;
    }
    // The rest may be parts of the one transaction that was under way, and nothing else.
    for (int i = next; i < sectors; i++) {
      if (written[i] && journal.getLong(i * SECTOR + JOURNAL_SEQUENCE) != sequence + 1) {
        throw refused(
            ZoneMetaReason.JOURNAL,
            "transaction %d is missing, and a later one is there".formatted(sequence + 1));
      }
    }
    return sequence;
  }

  /** Whether a sector is written; one that is neither whole nor zeros is damage. */
  private boolean checkSector(ByteBuffer journal, int index) {
    int at = index * SECTOR;
    boolean zeros = true;
    for (int i = 0; i < SECTOR && zeros; i += Long.BYTES) {
      zeros = journal.getLong(at + i) == 0;
    }
    if (zeros) {
      return false;
    }
    int used = journal.getInt(at + JOURNAL_USED);
    if (journal.getInt(at + JOURNAL_MAGIC_AT) != JOURNAL_MAGIC
        || journal.getInt(at + JOURNAL_CRC) != crc(journal, at, SECTOR, at + JOURNAL_CRC)
        || used < JOURNAL_HEAD
        || used > SECTOR) {
      throw refused(ZoneMetaReason.JOURNAL, "sector " + index + " does not match its checksum");
    }
    return true;
  }

  /** How many sectors a transaction has from {@code first} on; 0 if not all of them are there. */
  private int partsOf(
      ByteBuffer journal, int first, long sequence, int sectors, boolean[] written) {
    int parts = journal.getInt(first * SECTOR + JOURNAL_PARTS);
    if (parts < 1 || parts > sectors - first) {
      return 0;
    }
    for (int i = 0; i < parts; i++) {
      int at = (first + i) * SECTOR;
      if (!written[first + i]
          || journal.getLong(at + JOURNAL_SEQUENCE) != sequence
          || journal.getInt(at + JOURNAL_PART) != i
          || journal.getInt(at + JOURNAL_PARTS) != parts) {
        return 0;
      }
    }
    return parts;
  }

  private void apply(ByteBuffer journal, int sector, ByteBuffer body, int[] counts) {
    int at = sector * SECTOR + JOURNAL_HEAD;
    int end = sector * SECTOR + journal.getInt(sector * SECTOR + JOURNAL_USED);
    while (at < end) {
      int zone = journal.getInt(at + RECORD_ZONE);
      int kind = journal.get(at + RECORD_KIND) & 0xFF;
      int bytes = kind == KIND_EXTENSION ? CHUNK_RECORD : STATE_RECORD;
      if (zone < 0 || zone >= geometry.zones() || bytes > end - at) {
        throw refused(ZoneMetaReason.JOURNAL, "sector " + sector + " names zone " + zone);
      }
      switch (kind) {
        case KIND_COUNTS -> {
          for (int i = 0; i < counts.length; i++) {
            counts[i] = journal.getInt(at + RECORD_BODY + Integer.BYTES * i);
          }
        }
        case KIND_EXTENSION -> {
          int chunk = CHUNK * (journal.getShort(at + RECORD_CHUNK) & 0xFFFF);
          if (chunk >= geometry.extensionBytes()) {
            throw refused(ZoneMetaReason.JOURNAL, "an extension of zone " + zone);
          }
          body.put(extensionAt(geometry, zone) + chunk, journal, at + RECORD_BODY, CHUNK);
        }
        default -> {
          ZoneCondition condition = ZoneCondition.ofCode(kind);
          if (condition == null) {
            throw refused(ZoneMetaReason.CONDITION, zone, kind);
          }
          writeZone(
              body,
              geometry,
              zone,
              condition,
              journal.get(at + RECORD_ATTRIBUTES) & 0xFF,
              journal.getLong(at + RECORD_BODY),
              journal.getLong(at + RECORD_BODY + Long.BYTES));
        }
      }
      at += bytes;
    }
  }

  private void readAll(ByteBuffer into, long position) {
    // A file that ends too early is read up to there; the checks find it out.
    int length = (int) Math.max(0, Math.min(into.capacity(), storage.size() - position));
    int result = storage.read(into, 0, length, position);
    if (result < 0) {
      throw new DeviceException(path + ": read failed: " + Errno.describe(-result));
    }
  }

  private ZoneMetaException refused(ZoneMetaReason reason, int zone, long value) {
    return refused(reason, "zone " + zone + " has " + value);
  }

  private ZoneMetaException refused(ZoneMetaReason reason, String detail) {
    return new ZoneMetaException(path, reason, detail);
  }
}
