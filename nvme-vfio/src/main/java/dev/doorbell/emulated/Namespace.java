package dev.doorbell.emulated;

import dev.doorbell.emulated.zoned.ZoneRequest;
import dev.doorbell.emulated.zoned.Zones;
import dev.doorbell.nvme.spec.Status;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.StampedLock;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A namespace: its store, geometry and identity. Immutable but for its sync group and zones. */
final class Namespace {
  private static final Logger LOG = LoggerFactory.getLogger(Namespace.class);

  final int nsid;
  final BlockStore store;
  final int blockExponent;
  final long blocks;
  final boolean readOnly;
  final SyncGroup syncs;

  /** Null for a conventional namespace. */
  final Zones zones;

  private final IntSupplier dataSync;

  /** Derived from the serial number, so that it is the same at each start. */
  final UUID uuid;

  private final AtomicBoolean failureReported = new AtomicBoolean();

  /** Keeps writes out of a fused Compare and Write; null where that is not offered. */
  private final StampedLock fuseLock;

  /**
   * @param fused whether Compare and Write can be fused
   */
  Namespace(int nsid, NamespaceConfig config, String serialNumber, boolean fused) {
    this.nsid = nsid;
    this.store = config.store();
    this.fuseLock = fused ? new StampedLock() : null;
    this.blockExponent = Integer.numberOfTrailingZeros(config.blockSize());
    this.blocks = store.size() >>> blockExponent;
    this.readOnly = config.readOnly() || store.readOnly();
    this.syncs = new SyncGroup(this);
    this.zones = config.zones();
    this.dataSync = store::flush;
    this.uuid =
        UUID.nameUUIDFromBytes((serialNumber + "/" + nsid).getBytes(StandardCharsets.UTF_8));
  }

  private Namespace(Namespace old, long blocks) {
    this.nsid = old.nsid;
    this.store = old.store;
    this.fuseLock = old.fuseLock;
    this.blockExponent = old.blockExponent;
    this.blocks = blocks;
    this.readOnly = old.readOnly;
    this.syncs = old.syncs;
    this.uuid = old.uuid;
    this.zones = null;
    this.dataSync = store::flush;
  }

  /** The same with another capacity. */
  Namespace resized(long bytes) {
    int blockSize = 1 << blockExponent;
    if (zones != null) {
      throw new IllegalArgumentException("a zoned namespace has the size of its zones");
    }
    if (bytes < blockSize || bytes % blockSize != 0 || bytes > store.size()) {
      throw new IllegalArgumentException(
          "size: %d, allowed: a multiple of %d up to %d".formatted(bytes, blockSize, store.size()));
    }
    return new Namespace(this, bytes >>> blockExponent);
  }

  /** An identifier that fits EUI64; never 0, which means none. */
  long eui64() {
    return uuid.getLeastSignificantBits() | 1;
  }

  /** Whether all {@code count} blocks from {@code lba} exist; both are any values of a host. */
  boolean contains(long lba, long count) {
    // Written so that no sum can overflow.
    return lba >= 0 && lba <= blocks && count <= blocks - lba;
  }

  /** As {@link BlockStore#tryWrite}. */
  int tryWrite(ScatterList data, long offset) {
    if (fuseLock == null) {
      return store.tryWrite(data, offset);
    }
    long stamp = fuseLock.tryReadLock();
    if (stamp == 0) {
      return BlockStore.WOULD_BLOCK;
    }
    try {
      return store.tryWrite(data, offset);
    } finally {
      fuseLock.unlockRead(stamp);
    }
  }

  /** Does the work of a command on ranges; an exception of the store becomes a status. */
  int perform(Command command) {
    RangeWork work = command.work;
    boolean alone = work == RangeWork.COMPARE_AND_WRITE;
    long stamp = alone ? fuseLock.writeLock() : lockForWrite(work.writes());
    try {
      return work.perform(command);
    } catch (RuntimeException | Error e) {
      return unexpected(e);
    } finally {
      if (stamp != 0) {
        fuseLock.unlock(stamp);
      }
    }
  }

  private long lockForWrite(boolean write) {
    return write && fuseLock != null ? fuseLock.readLock() : 0;
  }

  /** Does a transfer that may wait; an exception of the store becomes a status. */
  int transfer(int kind, ScatterList data, long offset) {
    long stamp = lockForWrite(kind == Command.WRITE);
    try {
      if (kind != Command.READ) {
        return store.write(data, offset);
      }
      int status = store.read(data, offset);
      if (zones != null && status == Status.SUCCESS) {
        hideUnwritten(data, offset);
      }
      return status;
    } catch (RuntimeException | Error e) {
      return unexpected(e);
    } finally {
      if (stamp != 0) {
        fuseLock.unlock(stamp);
      }
    }
  }

  /** Makes completed writes durable; an exception of the store becomes a status. */
  int flush() {
    try {
      return zones == null ? store.flush() : zones.commit(dataSync);
    } catch (RuntimeException | Error e) {
      return unexpected(e);
    }
  }

  /** Gives back the space of zones that a reset has emptied, once that is durable. */
  void releaseEmptied(ZoneRequest reset) {
    try {
      zones.eachEmptied(
          reset, (lba, count) -> store.release(lba << blockExponent, count << blockExponent));
    } catch (RuntimeException | Error e) {
      // The zones are reset all the same.
      unexpected(e);
    }
  }

  /** Makes completed writes durable if that needs no wait, or would block. */
  int tryFlush() {
    return zones != null && zones.persistent() ? BlockStore.WOULD_BLOCK : store.tryFlush();
  }

  /**
   * Puts zeros where a read goes beyond what was written to a zone since its reset: what the store
   * has there is older, and nobody's.
   */
  void hideUnwritten(ScatterList data, long offset) {
    long first = offset >>> blockExponent;
    long end = first + (data.bytes() >>> blockExponent);
    long zoneSize = zones.geometry().zoneSize();
    int zone = zones.zoneOf(first);
    for (long start = zone * zoneSize; start < end; start += zoneSize, zone++) {
      long from = Math.max(first, zones.dataEnd(zone));
      long to = Math.min(end, start + zoneSize);
      if (from < to) {
        data.zero(from - first << blockExponent, to - first << blockExponent);
      }
    }
  }

  private int unexpected(Throwable e) {
    // Once: what one command has met, others may meet by the thousand.
    if (failureReported.compareAndSet(false, true)) {
      LOG.error("namespace {}: store failed unexpectedly", nsid, e);
    }
    return Status.INTERNAL_ERROR;
  }
}
