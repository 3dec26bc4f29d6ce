package dev.doorbell.nvme.controller;

/**
 * A namespace's geometry.
 *
 * @param id NSID, from 1
 * @param blocks capacity in logical blocks, at least 1
 * @param blockSize logical block size in bytes, a power of two from 512
 * @param eui64 0 if it has none
 * @param preferredWriteBlocks logical blocks that are best written together, at least 1
 * @param preferredDeallocateBlocks logical blocks that are best deallocated together, at least 1
 * @param optimalWriteBlocks logical blocks of the best write; 0 if the drive does not say
 * @param copyRangeBlocks MSSRL: the most blocks of one source range of Copy, 0 if there is no Copy
 * @param copyBlocks MCL: the most blocks of one Copy
 * @param copyRanges MSRC as a count: the most source ranges of one Copy
 * @param zoned how its zones are; null for a conventional namespace
 */
public record NamespaceInfo(
    int id,
    long blocks,
    int blockSize,
    boolean writeProtected,
    int deallocateFeatures,
    long eui64,
    int preferredWriteBlocks,
    int preferredDeallocateBlocks,
    int optimalWriteBlocks,
    int copyRangeBlocks,
    long copyBlocks,
    int copyRanges,
    ZonedInfo zoned) {
  /** Capacity in bytes; {@link NamespaceReader} has made sure that it fits. */
  public long bytes() {
    return blocks * blockSize;
  }
}
