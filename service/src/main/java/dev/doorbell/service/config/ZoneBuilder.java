package dev.doorbell.service.config;

import java.util.Map;

/** Checks what describes the zones of a namespace, and makes its configuration. */
final class ZoneBuilder {
  private static final int EXTENSION_UNIT = 64;
  private static final int MAX_EXTENSION = 255 * EXTENSION_UNIT;
  private static final int MIN_APPEND = 4096;
  private static final int MAX_APPEND = 1 << 30;

  private final String key;
  private final Map<String, Raw> fields;
  private final Mistakes mistakes;
  private final long size;
  private final int lbaSize;

  private ZoneBuilder(
      String key, Map<String, Raw> fields, long size, int lbaSize, Mistakes mistakes) {
    this.key = key;
    this.fields = fields;
    this.size = size;
    this.lbaSize = lbaSize;
    this.mistakes = mistakes;
  }

  /**
   * The zones that the fields describe; null if there are none, or after mistakes were reported.
   *
   * @param key for messages, such as {@code drives[0]}
   * @param size of the namespace; 0 if that is wrong already
   */
  static ZoneConfig build(
      String key, Map<String, Raw> fields, long size, int lbaSize, Mistakes mistakes) {
    return new ZoneBuilder(key, fields, size, lbaSize, mistakes).build();
  }

  private ZoneConfig build() {
    if (!fields.containsKey(NamespaceFields.ZONE_SIZE)) {
      for (String name : NamespaceFields.OF_ZONES) {
        if (fields.containsKey(name)) {
          mistake(name, "is for zoned namespaces; give a zone_size too, such as zone_size=16MiB");
        }
      }
      return null;
    }
    int before = mistakes.count();
    long zoneSize = bytes(NamespaceFields.ZONE_SIZE, 0);
    if (mistakes.count() == before) {
      checkZoneSize(zoneSize);
    }
    long zoneCapacity = bytes(NamespaceFields.ZONE_CAPACITY, zoneSize);
    if (mistakes.count() == before && (zoneCapacity > zoneSize || zoneCapacity % lbaSize != 0)) {
      mistake(
          NamespaceFields.ZONE_CAPACITY,
          "must be a multiple of the block size, %d bytes, up to zone_size, %s"
              .formatted(lbaSize, Numbers.formatSize(zoneSize)));
    }
    int zones = zoneSize == 0 ? 1 : (int) Math.min(size / zoneSize, ZoneConfig.MAX_ZONES);
    int maxActive = count(NamespaceFields.MAX_ACTIVE, ZoneConfig.MAX_ZONES, "");
    int maxOpen =
        count(
            NamespaceFields.MAX_OPEN,
            maxActive == 0 ? ZoneConfig.MAX_ZONES : maxActive,
            maxActive == 0 ? "" : ", the limit max_active");
    int offline = count(NamespaceFields.OFFLINE_ZONES, zones, ", the number of zones");
    int readOnly =
        count(
            NamespaceFields.READ_ONLY_ZONES,
            zones - offline,
            ", the number of zones that are not offline");
    int extension = extensionSize(zones);
    int append = appendMax();
    boolean crossZoneReads = !fields.containsKey(NamespaceFields.CROSS_ZONE_READS) || flag();
    return mistakes.count() == before
        ? new ZoneConfig(
            zoneSize,
            zoneCapacity,
            maxOpen,
            maxActive,
            append,
            extension,
            offline,
            readOnly,
            crossZoneReads)
        : null;
  }

  private void checkZoneSize(long zoneSize) {
    if (zoneSize == 0 || zoneSize % lbaSize != 0) {
      mistake(
          NamespaceFields.ZONE_SIZE,
          "must be a positive multiple of the block size, " + lbaSize + " bytes");
    } else if (size > 0 && size % zoneSize != 0) {
      mistake(
          NamespaceFields.ZONE_SIZE,
          "the size of the namespace, %s, must be a multiple of it"
              .formatted(Numbers.formatSize(size)));
    } else if (size / zoneSize > ZoneConfig.MAX_ZONES) {
      mistake(
          NamespaceFields.ZONE_SIZE,
          "makes %d zones of the %s; the limit is %d zones"
              .formatted(size / zoneSize, Numbers.formatSize(size), ZoneConfig.MAX_ZONES));
    }
  }

  private int extensionSize(int zones) {
    long bytes = bytes(NamespaceFields.EXTENSION_SIZE, 0);
    if (bytes > MAX_EXTENSION || bytes % EXTENSION_UNIT != 0) {
      mistake(
          NamespaceFields.EXTENSION_SIZE,
          "must be a multiple of " + EXTENSION_UNIT + " bytes up to " + MAX_EXTENSION);
      return 0;
    }
    if (zones * (bytes + EXTENSION_UNIT) > Integer.MAX_VALUE - MIN_APPEND) {
      mistake(
          NamespaceFields.EXTENSION_SIZE,
          "makes more than 2GiB of metadata for " + zones + " zones; the limit is 2GiB");
      return 0;
    }
    return (int) bytes;
  }

  private int appendMax() {
    long bytes = bytes(NamespaceFields.ZONE_APPEND_MAX, 0);
    boolean power = bytes >= MIN_APPEND && bytes <= MAX_APPEND && Long.bitCount(bytes) == 1;
    if (bytes != 0 && !power) {
      mistake(
          NamespaceFields.ZONE_APPEND_MAX,
          "must be a power of two from 4KiB to 1GiB, or 0 for the largest transfer");
      return 0;
    }
    return (int) bytes;
  }

  private long bytes(String name, long fallback) {
    Raw raw = fields.get(name);
    if (raw == null) {
      return fallback;
    }
    try {
      return Numbers.size(raw.text());
    } catch (InvalidValueException e) {
      mistakes.add(key + "." + name, raw, e.getMessage());
      return fallback;
    }
  }

  private int count(String name, int max, String limit) {
    Raw raw = fields.get(name);
    if (raw == null) {
      return 0;
    }
    String allowed = "must be a whole number from 0 to " + max + limit;
    try {
      long count = Numbers.whole(raw.text(), allowed);
      if (count > max) {
        throw new InvalidValueException(allowed);
      }
      return (int) count;
    } catch (InvalidValueException e) {
      mistakes.add(key + "." + name, raw, e.getMessage());
      return 0;
    }
  }

  private boolean flag() {
    Raw raw = fields.get(NamespaceFields.CROSS_ZONE_READS);
    try {
      return new ValueType.Flag().parse(raw);
    } catch (InvalidValueException e) {
      mistakes.add(key + "." + NamespaceFields.CROSS_ZONE_READS, raw, e.getMessage());
      return true;
    }
  }

  private void mistake(String name, String problem) {
    mistakes.add(key + "." + name, fields.get(name), problem);
  }
}
