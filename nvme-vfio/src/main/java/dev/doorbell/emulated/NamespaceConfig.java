package dev.doorbell.emulated;

import dev.doorbell.emulated.zoned.Zones;

/**
 * One namespace of an emulated controller.
 *
 * @param store the data; the controller closes it
 * @param blockSize logical block size in bytes, a power of two from 512 to 4096
 * @param readOnly whether writes are refused; a read-only store refuses them anyway
 * @param zones the zones of a zoned namespace, closed with the store; null for a conventional one
 */
public record NamespaceConfig(BlockStore store, int blockSize, boolean readOnly, Zones zones)
    implements AutoCloseable {
  /** A conventional namespace. */
  public NamespaceConfig(BlockStore store, int blockSize, boolean readOnly) {
    this(store, blockSize, readOnly, null);
  }

  public NamespaceConfig {
    if (blockSize < 512 || blockSize > 4096 || Integer.bitCount(blockSize) != 1) {
      throw new IllegalArgumentException(
          "block size: " + blockSize + ", allowed: 512, 1024, 2048, 4096");
    }
    if (store.size() < blockSize || store.size() % blockSize != 0) {
      throw new IllegalArgumentException(
          "size: " + store.size() + ", must be a positive multiple of block size " + blockSize);
    }
    if (zones != null
        && (zones.geometry().blockSize() != blockSize
            || zones.geometry().blocks() != store.size() / blockSize)) {
      throw new IllegalArgumentException(
          "zones of %d blocks of %d bytes, on a store of %d blocks of %d bytes"
              .formatted(
                  zones.geometry().blocks(),
                  zones.geometry().blockSize(),
                  store.size() / blockSize,
                  blockSize));
    }
  }

  /** Releases store and zones. */
  @Override
  public void close() {
    store.close();
    if (zones != null) {
      zones.close();
    }
  }
}
