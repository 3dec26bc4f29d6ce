package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Status;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A namespace: its store, geometry and identity. Immutable but for its sync group. */
final class Namespace {
  private static final Logger LOG = LoggerFactory.getLogger(Namespace.class);

  final int nsid;
  final BlockStore store;
  final int blockExponent;
  final long blocks;
  final boolean readOnly;
  final SyncGroup syncs;

  /** Derived from the serial number, so that it is the same at each start. */
  final UUID uuid;

  private final AtomicBoolean failureReported = new AtomicBoolean();

  Namespace(int nsid, NamespaceConfig config, String serialNumber) {
    this.nsid = nsid;
    this.store = config.store();
    this.blockExponent = Integer.numberOfTrailingZeros(config.blockSize());
    this.blocks = store.size() >>> blockExponent;
    this.readOnly = config.readOnly() || store.readOnly();
    this.syncs = new SyncGroup(this);
    this.uuid =
        UUID.nameUUIDFromBytes((serialNumber + "/" + nsid).getBytes(StandardCharsets.UTF_8));
  }

  /** An identifier that fits EUI64; never 0, which means none. */
  long eui64() {
    return uuid.getLeastSignificantBits() | 1;
  }

  /** Does a transfer that may wait; an exception of the store becomes a status. */
  int transfer(int kind, ScatterList data, long offset) {
    try {
      return kind == Command.READ ? store.read(data, offset) : store.write(data, offset);
    } catch (RuntimeException | Error e) {
      return unexpected(e);
    }
  }

  /** Makes completed writes durable; an exception of the store becomes a status. */
  int flush() {
    try {
      return store.flush();
    } catch (RuntimeException | Error e) {
      return unexpected(e);
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
