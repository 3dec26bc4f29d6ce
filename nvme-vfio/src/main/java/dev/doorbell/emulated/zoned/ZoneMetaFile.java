package dev.doorbell.emulated.zoned;

import static dev.doorbell.emulated.zoned.ZoneMetaLayout.*;

import dev.doorbell.linux.LinuxException;
import dev.doorbell.nvme.spec.ZoneCondition;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Zone metadata that survives a loss of power at any moment; see {@link ZoneMetaLayout}.
 *
 * <p>A commit appends one transaction to the journal of the half in force and syncs it. When the
 * journal is full, all of the state is written to the other half, which is then in force. Guarded
 * by the commit lock of {@link Zones}.
 */
final class ZoneMetaFile implements AutoCloseable {
  static final int DEFAULT_JOURNAL_SECTORS = 1024;

  /** The conditions that are counted, in the order of the counts. */
  static final ZoneCondition[] COUNTED = {
    ZoneCondition.IMPLICITLY_OPEN,
    ZoneCondition.EXPLICITLY_OPEN,
    ZoneCondition.CLOSED,
    ZoneCondition.FULL
  };

  private final MetaStorage storage;
  private final ZoneGeometry geometry;
  private final int journalSectors;

  /** What is in force once the transaction under way is committed. */
  private final ByteBuffer body;

  private final int[] counts;
  private final ByteBuffer header = buffer(SECTOR);
  private final Transaction transaction = new Transaction();
  private int half;
  private long generation;
  private long sequence;
  private int journalUsed;

  /** Goes on with what a reader has found. */
  ZoneMetaFile(MetaStorage storage, ZoneGeometry geometry, ZoneMetaReader.Found found) {
    this.storage = storage;
    this.geometry = geometry;
    this.journalSectors = found.journalSectors();
    this.body = found.body();
    this.counts = found.counts();
    this.half = found.half();
    this.generation = found.generation();
    this.sequence = found.sequence();
    // What follows a torn transaction is not told apart: the first commit begins a new half.
    this.journalUsed = journalSectors;
  }

  /** Writes a file for zones as they come from the factory. */
  static void format(MetaStorage storage, ZoneGeometry geometry, int journalSectors) {
    ByteBuffer body = buffer(Math.toIntExact(bodyBytes(geometry)));
    int[] counts = new int[COUNTED.length];
    ZoneTable table = new ZoneTable(geometry, false);
    for (int i = 0; i < geometry.zones(); i++) {
      Zone zone = table.zone(i);
      ZoneMetaReader.writeZone(
          body, geometry, i, zone.condition, zone.attributes, zone.start, zone.start);
    }
    ZoneMetaFile file =
        new ZoneMetaFile(
            storage, geometry, new ZoneMetaReader.Found(body, counts, 1, 0, 0, journalSectors));
    int result = file.writeHeader(1, STATE_NONE, 0, 0);
    result = result < 0 ? result : file.checkpoint();
    if (result < 0) {
      throw new LinuxException("write", "zone metadata", -result);
    }
  }

  MetaStorage storage() {
    return storage;
  }

  /** Begins a transaction. */
  Transaction transaction() {
    transaction.clear();
    return transaction;
  }

  /** Makes the transaction durable. Returns 0 or {@code -errno}. */
  int commit() {
    int sectors = transaction.seal(sequence + 1);
    if (sectors > journalSectors - journalUsed) {
      return checkpoint();
    }
    long at = journalAt(geometry, half, journalSectors) + (long) journalUsed * SECTOR;
    int result = storage.write(transaction.sectors, 0, sectors * SECTOR, at);
    if (result == 0) {
      result = storage.sync();
    }
    if (result == 0) {
      sequence++;
      journalUsed += sectors;
    }
    return result;
  }

  /** Writes everything to the other half, and puts that in force. Returns 0 or {@code -errno}. */
  int checkpoint() {
    int other = 1 - half;
    int result = writeHeader(other, STATE_WRITING, generation + 1, 0);
    if (result == 0) {
      result = storage.sync();
    }
    if (result == 0) {
      result = storage.write(body, 0, body.capacity(), bodyAt(geometry, other));
    }
    ByteBuffer zeros = buffer(SECTOR * Math.min(journalSectors, 256));
    for (int i = 0; i < journalSectors && result == 0; i += zeros.capacity() / SECTOR) {
      int length = Math.min(zeros.capacity(), (journalSectors - i) * SECTOR);
      long at = journalAt(geometry, other, journalSectors) + (long) i * SECTOR;
      result = storage.write(zeros, 0, length, at);
    }
    if (result == 0) {
      result = storage.sync();
    }
    if (result == 0) {
      int bodyCrc = crc(body, 0, body.capacity(), -1);
      result = writeHeader(other, STATE_VALID, generation + 1, bodyCrc);
    }
    if (result == 0) {
      result = storage.sync();
    }
    if (result == 0) {
      half = other;
      generation++;
      journalUsed = 0;
    }
    return result;
  }

  @Override
  public void close() {
    storage.close();
  }

  private int writeHeader(int which, int state, long itsGeneration, int bodyCrc) {
    ByteBuffer h = header;
    for (int i = 0; i < SECTOR; i += Long.BYTES) {
      h.putLong(i, 0);
    }
    h.putInt(HEADER_MAGIC, MAGIC);
    h.putInt(HEADER_VERSION, VERSION);
    h.putInt(HEADER_STATE, state);
    h.putLong(HEADER_GENERATION, itsGeneration);
    h.putLong(HEADER_SEQUENCE, sequence);
    h.putLong(HEADER_ZONE_SIZE, geometry.zoneSize());
    h.putLong(HEADER_ZONE_CAPACITY, geometry.zoneCapacity());
    h.putInt(HEADER_ZONES, geometry.zones());
    h.putInt(HEADER_BLOCK_SIZE, geometry.blockSize());
    h.putInt(HEADER_EXTENSION, geometry.extensionBytes());
    h.putInt(HEADER_OFFLINE, geometry.offlineZones());
    h.putInt(HEADER_READ_ONLY, geometry.readOnlyZones());
    for (int i = 0; i < counts.length; i++) {
      h.putInt(HEADER_COUNTS + Integer.BYTES * i, counts[i]);
    }
    h.putInt(HEADER_BODY_CRC, bodyCrc);
    h.putInt(HEADER_JOURNAL_SECTORS, journalSectors);
    h.putInt(HEADER_CRC, crc(h, 0, SECTOR, HEADER_CRC));
    return storage.write(h, 0, SECTOR, headerAt(which));
  }

  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Changes of one commit, as journal sectors; each is also made in the body at once. */
  final class Transaction {
    private ByteBuffer sectors = buffer(8 * SECTOR);
    private int count;
    private int used;

    /** Adds the state of a zone, and its descriptor extension if that has changed. */
    void zone(
        int index,
        ZoneCondition condition,
        int attributes,
        long pointer,
        long dataEnd,
        byte[] extension) {
      ZoneMetaReader.writeZone(body, geometry, index, condition, attributes, pointer, dataEnd);
      int at = record(STATE_RECORD, index, condition.code(), attributes, 0);
      sectors.putLong(at + RECORD_BODY, pointer);
      sectors.putLong(at + RECORD_BODY + Long.BYTES, dataEnd);
      if (extension != null) {
        int bodyAt = ZoneMetaReader.extensionAt(geometry, index);
        body.put(bodyAt, extension, 0, extension.length);
        for (int i = 0; i < extension.length; i += CHUNK) {
          int chunk = record(CHUNK_RECORD, index, KIND_EXTENSION, 0, i / CHUNK);
          sectors.put(chunk + RECORD_BODY, extension, i, CHUNK);
        }
      }
    }

    /** Adds the numbers of zones; comes last. */
    void counts(int[] byCondition) {
      int at = record(STATE_RECORD, 0, KIND_COUNTS, 0, 0);
      for (int i = 0; i < COUNTED.length; i++) {
        counts[i] = byCondition[COUNTED[i].ordinal()];
        sectors.putInt(at + RECORD_BODY + Integer.BYTES * i, counts[i]);
      }
    }

    private void clear() {
      count = 0;
      used = SECTOR;
    }

    /** Makes room for a record and writes its head; records do not cross sectors. */
    private int record(int bytes, int zone, int kind, int attributes, int chunk) {
      if (used + bytes > SECTOR) {
        endSector();
        count++;
        used = JOURNAL_HEAD;
        if (count * SECTOR > sectors.capacity()) {
          ByteBuffer larger = buffer(2 * sectors.capacity());
          larger.put(0, sectors, 0, sectors.capacity());
          sectors = larger;
        }
        for (int i = 0; i < SECTOR; i += Long.BYTES) {
          sectors.putLong((count - 1) * SECTOR + i, 0);
        }
      }
      int at = (count - 1) * SECTOR + used;
      used += bytes;
      sectors.putInt(at + RECORD_ZONE, zone);
      sectors.put(at + RECORD_KIND, (byte) kind);
      sectors.put(at + RECORD_ATTRIBUTES, (byte) attributes);
      sectors.putShort(at + RECORD_CHUNK, (short) chunk);
      return at;
    }

    private void endSector() {
      if (count > 0) {
        sectors.putInt((count - 1) * SECTOR + JOURNAL_USED, used);
      }
    }

    /** Numbers and checksums the sectors, and returns how many there are. */
    private int seal(long number) {
      endSector();
      for (int i = 0; i < count; i++) {
        int at = i * SECTOR;
        sectors.putInt(at + JOURNAL_MAGIC_AT, JOURNAL_MAGIC);
        sectors.putLong(at + JOURNAL_SEQUENCE, number);
        sectors.putInt(at + JOURNAL_PART, i);
        sectors.putInt(at + JOURNAL_PARTS, count);
        sectors.putInt(at + JOURNAL_CRC, crc(sectors, at, SECTOR, at + JOURNAL_CRC));
      }
      return count;
    }
  }
}
