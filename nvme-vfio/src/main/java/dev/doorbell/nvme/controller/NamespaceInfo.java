package dev.doorbell.nvme.controller;

/**
 * A namespace's geometry.
 *
 * @param id NSID, from 1
 * @param blocks capacity in logical blocks, at least 1
 * @param blockSize logical block size in bytes, a power of two from 512
 * @param eui64 0 if it has none
 */
public record NamespaceInfo(
    int id,
    long blocks,
    int blockSize,
    boolean writeProtected,
    int deallocateFeatures,
    long eui64) {
  /** Capacity in bytes; {@link NamespaceReader} has made sure that it fits. */
  public long bytes() {
    return blocks * blockSize;
  }
}
