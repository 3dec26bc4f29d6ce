package dev.doorbell.service.config;

import java.util.List;

/** Names of what describes a namespace, in YAML and as parameters of a drive URI. */
final class NamespaceFields {
  static final String IMAGE = "image";
  static final String MEMORY = "memory";
  static final String NULL_DEVICE = "null_device";
  static final String SIZE = "size";
  static final String LBA_SIZE = "lba_size";
  static final String READ_ONLY = "readonly";

  /** Where the blocks live: exactly one of these is given. */
  static final List<String> BACKINGS = List.of(IMAGE, MEMORY, NULL_DEVICE);

  /** What follows the question mark of a URI, whose path is the backing. */
  static final List<String> PARAMETERS = List.of(SIZE, LBA_SIZE, READ_ONLY);

  static final List<String> ALL = List.of(IMAGE, MEMORY, NULL_DEVICE, SIZE, LBA_SIZE, READ_ONLY);

  private NamespaceFields() {}
}
