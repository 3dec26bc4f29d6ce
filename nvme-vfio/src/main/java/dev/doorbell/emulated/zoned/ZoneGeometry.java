package dev.doorbell.emulated.zoned;

import dev.doorbell.nvme.spec.IdentifyZoned;

/**
 * What the zones of a namespace are like. All zones have the same size; sizes are in logical blocks
 * unless said otherwise.
 *
 * @param blockSize logical block size in bytes, a power of two from 512 to 4096
 * @param zones how many, 1 to {@link #MAX_ZONES}
 * @param zoneSize blocks from one zone's start to the next, at least 1
 * @param zoneCapacity blocks of each zone that can be written, 1 to {@code zoneSize}
 * @param maxOpen open zones at most, not above {@code maxActive}; 0 for no limit
 * @param maxActive active zones at most; 0 for no limit
 * @param appendMaxBytes largest Zone Append in bytes, a power of two from 4096; 0 for the largest
 *     transfer
 * @param extensionBytes size of a zone's descriptor extension, a multiple of 64 up to 16,320; 0 for
 *     none
 * @param offlineZones how many zones are offline from the first: the last ones
 * @param readOnlyZones how many are read only from the first: those before the offline ones
 * @param readsAcrossZones whether a read may cross from one zone into the next
 */
public record ZoneGeometry(
    int blockSize,
    int zones,
    long zoneSize,
    long zoneCapacity,
    int maxOpen,
    int maxActive,
    int appendMaxBytes,
    int extensionBytes,
    int offlineZones,
    int readOnlyZones,
    boolean readsAcrossZones) {
  public static final int MAX_ZONES = 1 << 20;
  public static final int MAX_EXTENSION = 255 * IdentifyZoned.EXTENSION_UNIT;

  public ZoneGeometry {
    require(
        blockSize >= 512 && blockSize <= 4096 && Integer.bitCount(blockSize) == 1,
        "block size",
        blockSize,
        "512, 1024, 2048, 4096");
    require(zones >= 1 && zones <= MAX_ZONES, "zones", zones, "1 to " + MAX_ZONES);
    require(
        zoneSize >= 1 && zoneSize <= Long.MAX_VALUE / blockSize / zones,
        "zone size",
        zoneSize,
        "1 block, and all zones together below 2^63 bytes");
    require(
        zoneCapacity >= 1 && zoneCapacity <= zoneSize,
        "zone capacity",
        zoneCapacity,
        "1 to the zone size, " + zoneSize + " blocks");
    require(maxActive >= 0, "max active", maxActive, "0 for no limit, or more");
    require(
        maxOpen >= 0 && (maxActive == 0 || maxOpen <= maxActive),
        "max open",
        maxOpen,
        "0 for no limit, or up to max active, " + maxActive);
    require(
        appendMaxBytes == 0 || appendMaxBytes >= 4096 && Integer.bitCount(appendMaxBytes) == 1,
        "append limit",
        appendMaxBytes,
        "0, or a power of two from 4096");
    require(
        extensionBytes >= 0
            && extensionBytes <= MAX_EXTENSION
            && extensionBytes % IdentifyZoned.EXTENSION_UNIT == 0,
        "descriptor extension size",
        extensionBytes,
        "a multiple of 64 up to " + MAX_EXTENSION);
    // The copy in memory is one buffer.
    require(
        (long) zones * (ZoneMetaLayout.ZONE + extensionBytes) <= Integer.MAX_VALUE - 4096,
        "descriptor extension size",
        extensionBytes,
        "2 GiB for all " + zones + " zones together");
    require(
        offlineZones >= 0 && offlineZones <= zones,
        "offline zones",
        offlineZones,
        "0 to the number of zones, " + zones);
    require(
        readOnlyZones >= 0 && readOnlyZones <= zones - offlineZones,
        "read-only zones",
        readOnlyZones,
        "0 to the number of zones that are not offline, " + (zones - offlineZones));
  }

  /** Blocks of all zones together. */
  public long blocks() {
    return zones * zoneSize;
  }

  private static void require(boolean ok, String what, long value, String allowed) {
    if (!ok) {
      throw new IllegalArgumentException(what + ": " + value + ", allowed: " + allowed);
    }
  }
}
