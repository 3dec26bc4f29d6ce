package dev.doorbell.emulated;

/**
 * One namespace of an emulated controller.
 *
 * @param store the data; the controller closes it
 * @param blockSize logical block size in bytes, a power of two from 512 to 4096
 * @param readOnly whether writes are refused; a read-only store refuses them anyway
 */
public record NamespaceConfig(BlockStore store, int blockSize, boolean readOnly) {
  public NamespaceConfig {
    if (blockSize < 512 || blockSize > 4096 || Integer.bitCount(blockSize) != 1) {
      throw new IllegalArgumentException(
          "block size: " + blockSize + ", allowed: 512, 1024, 2048, 4096");
    }
    if (store.size() < blockSize || store.size() % blockSize != 0) {
      throw new IllegalArgumentException(
          "size: " + store.size() + ", must be a positive multiple of block size " + blockSize);
    }
  }
}
