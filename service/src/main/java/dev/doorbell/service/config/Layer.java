package dev.doorbell.service.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The values one source gives: a layer hides those of the layers below, key by key. */
final class Layer {
  private final Map<String, Raw> values = new LinkedHashMap<>();
  private List<RawDrive> drives;
  private boolean unread;

  /** False if the layer has the key already; the first value stays. */
  boolean put(String key, Raw raw) {
    return values.putIfAbsent(key, raw) == null;
  }

  Optional<Raw> value(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** The list is taken whole: drives of different layers do not mix. */
  void drives(List<RawDrive> list) {
    drives = List.copyOf(list);
  }

  Optional<List<RawDrive>> drives() {
    return Optional.ofNullable(drives);
  }

  /** A layer whose source could not be read: what it lacks may be there all the same. */
  static Layer unread() {
    Layer layer = new Layer();
    layer.unread = true;
    return layer;
  }

  boolean isUnread() {
    return unread;
  }
}
