package dev.doorbell.nvme.controller;

/**
 * What is particular to a zoned namespace (Zoned Namespace Command Set 1.1, 4.1.5).
 *
 * @param zones how many
 * @param zoneBlocks logical blocks from one zone's start to the next; how many of them can be
 *     written, each zone's descriptor says
 * @param maxOpen open zones at most; 0 for no limit
 * @param maxActive active zones at most; 0 for no limit
 * @param appendMaxBytes largest Zone Append in bytes
 * @param extensionBytes size of a zone's descriptor extension; 0 for none
 * @param readsAcrossZones whether a read may cross from one zone into the next
 */
public record ZonedInfo(
    int zones,
    long zoneBlocks,
    int maxOpen,
    int maxActive,
    int appendMaxBytes,
    int extensionBytes,
    boolean readsAcrossZones) {
  /** The zone that holds an LBA. */
  public int zoneOf(long lba) {
    return (int) (lba / zoneBlocks);
  }

  /** The first LBA of a zone. */
  public long start(int zone) {
    return zone * zoneBlocks;
  }
}
