package dev.doorbell.service.config;

/**
 * One namespace of an emulated controller.
 *
 * @param backing where its blocks live
 * @param size bytes, a positive multiple of {@code lbaSize}; of an existing image, its length
 * @param lbaSize bytes per logical block: 512, 1024, 2048 or 4096
 * @param readOnly whether writes are refused as to a write-protected namespace
 * @param zones of a zoned namespace; null for a conventional one
 */
public record NamespaceConfig(
    Backing backing, long size, int lbaSize, boolean readOnly, ZoneConfig zones) {
  /** A conventional namespace. */
  public NamespaceConfig(Backing backing, long size, int lbaSize, boolean readOnly) {
    this(backing, size, lbaSize, readOnly, null);
  }
}
