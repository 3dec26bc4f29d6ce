package dev.doorbell.service.config;

/**
 * The zones of an emulated zoned namespace; sizes in bytes.
 *
 * @param zoneSize from one zone's start to the next, a multiple of the block size
 * @param zoneCapacity of each zone that can be written, a multiple of the block size up to {@code
 *     zoneSize}
 * @param maxOpen open zones at most, not above {@code maxActive}; 0 for no limit
 * @param maxActive active zones at most; 0 for no limit
 * @param appendMax largest append, a power of two from 4096; 0 for that of any transfer
 * @param extensionSize of a zone's descriptor extension, a multiple of 64 up to 16,320; 0 for none
 * @param offlineZones how many zones are offline from the first
 * @param readOnlyZones how many are read only from the first
 * @param crossZoneReads whether a read may cross from one zone into the next
 */
public record ZoneConfig(
    long zoneSize,
    long zoneCapacity,
    int maxOpen,
    int maxActive,
    int appendMax,
    int extensionSize,
    int offlineZones,
    int readOnlyZones,
    boolean crossZoneReads) {
  /** More are not kept: each takes some hundred bytes of memory. */
  public static final int MAX_ZONES = 1 << 20;
}
