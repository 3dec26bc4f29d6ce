package dev.doorbell.emulated;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** A namespace: its store, geometry and identity. Immutable but for its sync group. */
final class Namespace {
  final int nsid;
  final BlockStore store;
  final int blockExponent;
  final long blocks;
  final boolean readOnly;
  final SyncGroup syncs;

  /** Derived from the serial number, so that it is the same at each start. */
  final UUID uuid;

  Namespace(int nsid, NamespaceConfig config, String serialNumber) {
    this.nsid = nsid;
    this.store = config.store();
    this.blockExponent = Integer.numberOfTrailingZeros(config.blockSize());
    this.blocks = store.size() >>> blockExponent;
    this.readOnly = config.readOnly() || store.readOnly();
    this.syncs = new SyncGroup(store);
    this.uuid =
        UUID.nameUUIDFromBytes((serialNumber + "/" + nsid).getBytes(StandardCharsets.UTF_8));
  }

  /** An identifier that fits EUI64; never 0, which means none. */
  long eui64() {
    return uuid.getLeastSignificantBits() | 1;
  }
}
