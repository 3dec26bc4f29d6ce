package dev.doorbell.service.config;

import java.util.List;
import java.util.stream.Stream;

/** Names of what describes a namespace, in YAML and as parameters of a drive URI. */
final class NamespaceFields {
  static final String IMAGE = "image";
  static final String MEMORY = "memory";
  static final String NULL_DEVICE = "null_device";
  static final String SIZE = "size";
  static final String LBA_SIZE = "lba_size";
  static final String READ_ONLY = "readonly";

  /** Its presence makes a namespace zoned. */
  static final String ZONE_SIZE = "zone_size";

  static final String ZONE_CAPACITY = "zone_capacity";
  static final String MAX_OPEN = "max_open";
  static final String MAX_ACTIVE = "max_active";
  static final String ZONE_APPEND_MAX = "zone_append_max";
  static final String EXTENSION_SIZE = "descriptor_extension_size";
  static final String OFFLINE_ZONES = "offline_zones";
  static final String READ_ONLY_ZONES = "read_only_zones";
  static final String CROSS_ZONE_READS = "cross_zone_reads";

  /** What describes zones, beside their size. */
  static final List<String> OF_ZONES =
      List.of(
          ZONE_CAPACITY,
          MAX_OPEN,
          MAX_ACTIVE,
          ZONE_APPEND_MAX,
          EXTENSION_SIZE,
          OFFLINE_ZONES,
          READ_ONLY_ZONES,
          CROSS_ZONE_READS);

  /** Where the blocks live: exactly one of these is given. */
  static final List<String> BACKINGS = List.of(IMAGE, MEMORY, NULL_DEVICE);

  /** What follows the question mark of a URI, whose path is the backing. */
  static final List<String> PARAMETERS =
      joined(List.of(SIZE, LBA_SIZE, READ_ONLY, ZONE_SIZE), OF_ZONES);

  static final List<String> ALL = joined(BACKINGS, PARAMETERS);

  private NamespaceFields() {}

  private static List<String> joined(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }
}
