package dev.doorbell.emulated.zoned;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.Errno;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The zones of an emulated namespace, and if they are kept, their metadata file.
 *
 * <p>What is kept is always a state that all zones had at one moment, and every write below a write
 * pointer in it is durable: {@link #commit} takes the state, then makes the data durable, then the
 * state. A write that was volatile leaves nothing behind until the next commit. Safe for use by
 * several threads.
 */
public final class Zones implements AutoCloseable {
  /** The request waits for others and comes back in a chain. */
  public static final int DEFERRED = -1;

  private static final Logger LOG = LoggerFactory.getLogger(Zones.class);

  private volatile ZoneTable table;

  /** Null for zones that are gone with the process. */
  private ZoneMetaFile meta;

  private final boolean persistent;

  private final String path;
  private final Object commitLock = new Object();
  private boolean failed;

  /**
   * Where the state of zones is kept.
   *
   * @param path the metadata file
   * @param readOnly whether it is only read; power-on then changes nothing in it
   * @param reinitialize whether a file that is refused is moved aside and begun anew
   * @param imageHoldsData whether anything was ever written to the image beside it
   */
  public record Options(Path path, boolean readOnly, boolean reinitialize, boolean imageHoldsData) {
    /** The file beside an image. */
    public static Path beside(Path image) {
      return image.resolveSibling(image.getFileName() + ".zones");
    }
  }

  /** Takes runs of blocks. */
  public interface Blocks {
    void run(long lba, long count);
  }

  private Zones(ZoneTable table, ZoneMetaFile meta, String path) {
    this.table = table;
    this.meta = meta;
    this.persistent = meta != null;
    this.path = path;
  }

  /** Zones that all are as they come from the factory, gone at the end. */
  public static Zones inMemory(ZoneGeometry geometry) {
    return new Zones(new ZoneTable(geometry, false), null, "memory");
  }

  /**
   * Opens the zones of a drive after power-on; makes the file where there is none.
   *
   * @throws ZoneMetaException if the file does not fit, or is damaged; it is as it was
   * @throws DeviceException if it cannot be read or written
   */
  public static Zones open(ZoneGeometry geometry, Options options) {
    Path file = options.path();
    try {
      return openExisting(geometry, options);
    } catch (ZoneMetaException e) {
      if (!options.reinitialize() || options.readOnly()) {
        throw e;
      }
      if (Files.exists(file)) {
        LOG.warn("{}", e.getMessage());
        LOG.warn("{}: moved aside to {}; all zones are empty", file, MetaFile.moveAside(file));
      }
      // What the image holds from before is given up: no zone refers to it any more.
      return openExisting(geometry, new Options(file, false, false, false));
    }
  }

  private static Zones openExisting(ZoneGeometry geometry, Options options) {
    Path file = options.path();
    if (!Files.exists(file)) {
      if (options.imageHoldsData() || options.readOnly()) {
        throw new ZoneMetaException(file.toString(), ZoneMetaReason.MISSING, "");
      }
      int sectors = ZoneMetaFile.DEFAULT_JOURNAL_SECTORS;
      MetaFile.create(
          file,
          ZoneMetaLayout.fileBytes(geometry, sectors),
          storage -> ZoneMetaFile.format(storage, geometry, sectors));
    }
    MetaStorage storage = MetaFile.open(file, options.readOnly());
    try {
      return load(file.toString(), geometry, storage, options.readOnly(), options.imageHoldsData());
    } catch (RuntimeException | Error e) {
      storage.close();
      throw e;
    }
  }

  /**
   * Power-on from a storage that holds a file.
   *
   * @param readOnly whether the storage is only read; it is closed then
   * @param imageHoldsData whether anything was ever written to the image
   */
  static Zones load(
      String path,
      ZoneGeometry geometry,
      MetaStorage storage,
      boolean readOnly,
      boolean imageHoldsData) {
    ZoneMetaReader.Found found = ZoneMetaReader.read(path, storage, geometry);
    ZoneTable table = new ZoneTable(geometry, !readOnly);
    ZoneMetaReader.restore(found, geometry, table);
    int closed = table.activeForGood();
    if (geometry.maxActive() > 0 && closed > geometry.maxActive()) {
      throw new ZoneMetaException(
          path,
          ZoneMetaReason.ACTIVE_LIMIT,
          "%d zones must stay closed, max_active is %d".formatted(closed, geometry.maxActive()));
    }
    if (!imageHoldsData && table.holdsData()) {
      throw new ZoneMetaException(path, ZoneMetaReason.IMAGE_EMPTY, "");
    }
    table.powerOn();
    if (readOnly) {
      storage.close();
      return new Zones(table, null, path);
    }
    // A new half: nothing of a torn transaction stays behind.
    ZoneMetaFile meta = new ZoneMetaFile(storage, geometry, found);
    table.capture(meta.transaction());
    int result = meta.checkpoint();
    if (result < 0) {
      throw new DeviceException(path + ": write failed: " + Errno.describe(-result));
    }
    return new Zones(table, meta, path);
  }

  public ZoneGeometry geometry() {
    return table.geometry();
  }

  /** Whether the state survives a loss of power, so that changes are to be committed. */
  public boolean persistent() {
    return persistent;
  }

  /** As {@link ZoneTable#begin}. */
  public int begin(ZoneRequest request) {
    return table.begin(request);
  }

  /** As {@link ZoneTable#end}. */
  public ZoneRequest end(ZoneRequest request, boolean hold) {
    return table.end(request, hold);
  }

  /** As {@link ZoneTable#fail}. */
  public ZoneRequest fail(ZoneRequest request) {
    return table.fail(request);
  }

  /** As {@link ZoneTable#finish}. */
  public ZoneRequest finish(ZoneRequest operation) {
    return table.finish(operation);
  }

  /** As {@link ZoneTable#eachEmptied}. */
  public void eachEmptied(ZoneRequest reset, Blocks blocks) {
    table.eachEmptied(reset, blocks);
  }

  /** As {@link ZoneTable#checkRead}. */
  public int checkRead(long lba, int blocks) {
    return table.checkRead(lba, blocks);
  }

  /** The zone that holds an LBA of the namespace. */
  public int zoneOf(long lba) {
    return table.zoneOf(lba);
  }

  /** Up to which LBA a zone has been written since its last reset; the rest reads as zeros. */
  public long dataEnd(int zone) {
    return table.zone(zone).dataEnd();
  }

  /** How many zones are in a condition. */
  public int count(ZoneCondition condition) {
    return table.count(condition);
  }

  /**
   * Makes the namespace durable: its data by {@code dataSync}, which returns a status, and the
   * state that its zones had when this was called. May wait; one at a time.
   */
  public int commit(IntSupplier dataSync) {
    if (!persistent) {
      return dataSync.getAsInt();
    }
    synchronized (commitLock) {
      if (failed) {
        return Status.WRITE_FAULT | Status.DNR;
      }
      boolean changed = table.capture(meta.transaction());
      int status = dataSync.getAsInt();
      if (!changed) {
        return status;
      }
      if (status != Status.SUCCESS) {
        // What was captured must not be kept, and is not known to be dirty any more.
        fail("data could not be made durable");
        return status;
      }
      int result = meta.commit();
      if (result < 0) {
        fail(Errno.describe(-result));
        return Status.WRITE_FAULT | Status.DNR;
      }
      return Status.SUCCESS;
    }
  }

  /**
   * Writes a report of zones (Zoned Namespace Command Set 1.1, 3.4.2).
   *
   * @param lba where to start: in the zone that holds it
   * @param only zones in this condition; null for all
   * @param extended whether each descriptor is followed by its extension
   * @param partial whether the count is of the zones written rather than of all that match
   * @param out zeroed, little-endian; filled from its start as far as it reaches, at least a header
   */
  public void report(
      long lba, ZoneCondition only, boolean extended, boolean partial, ByteBuffer out) {
    ZoneGeometry g = table.geometry();
    int entry = ZoneDescriptor.SIZE + (extended ? g.extensionBytes() : 0);
    int at = ZoneDescriptor.HEADER_SIZE;
    long matching = 0;
    table.lock().lock();
    try {
      for (int i = zoneOf(lba); i < g.zones(); i++) {
        Zone zone = table.zone(i);
        if (only != null && zone.condition != only) {
          continue;
        }
        boolean fits = at + entry <= out.capacity();
        if (fits) {
          ZoneDescriptor.write(
              out,
              at,
              zone.condition,
              zone.attributes,
              g.zoneCapacity(),
              zone.start,
              table.writePointer(zone));
          if (extended) {
            byte[] extension = table.extension(i);
            if (extension != null) {
              out.put(at + ZoneDescriptor.SIZE, extension, 0, extension.length);
            }
          }
          at += entry;
        } else if (partial) {
          break;
        }
        matching++;
      }
    } finally {
      table.lock().unlock();
    }
    ZoneDescriptor.writeHeader(out, 0, matching);
  }

  /** Whether zones have changed that the host has not yet been told of. */
  public boolean hasChangedZones() {
    return !table.changed().isEmpty();
  }

  /**
   * Writes the Changed Zone List log to the start of a zeroed little-endian buffer.
   *
   * @param retain whether it is to be found again
   */
  public void writeChangedZones(ByteBuffer out, boolean retain) {
    table.changed().write(out, retain);
  }

  /**
   * A zone wears out, as zones do: from now on it is read only, or offline.
   *
   * @param to {@link ZoneCondition#READ_ONLY} or {@link ZoneCondition#OFFLINE}
   */
  public void wearOut(int zone, ZoneCondition to) {
    if (to != ZoneCondition.READ_ONLY && to != ZoneCondition.OFFLINE) {
      throw new IllegalArgumentException(
          "condition: "
              + to
              + ", allowed: READ_ONLY and OFFLINE; others are by "
              + ZoneAction.class);
    }
    table.wearOut(zone, to);
  }

  /**
   * Loses power and has it back: what was not committed is forgotten, and zones are as power-on
   * leaves them. Nothing is under way meanwhile.
   *
   * @throws IllegalStateException if the zones are not {@link #persistent}
   */
  public void losePower() {
    if (!persistent) {
      throw new IllegalStateException(path + ": zones without metadata file forget everything");
    }
    synchronized (commitLock) {
      Zones after = load(path, geometry(), meta.storage(), false, true);
      meta = after.meta;
      table = after.table;
      failed = false;
    }
  }

  @Override
  public void close() {
    if (persistent) {
      synchronized (commitLock) {
        failed = true;
        meta.close();
      }
    }
  }

  private void fail(String why) {
    failed = true;
    LOG.error(
        "{}: zone metadata could not be made durable: {}. Writes and flushes of the drive fail until"
            + " it is opened again: check the disk, then restart",
        path,
        why);
  }
}
