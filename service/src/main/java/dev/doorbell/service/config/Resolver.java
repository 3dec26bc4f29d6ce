package dev.doorbell.service.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Takes each setting from the uppermost layer that has it and remembers where that was. */
final class Resolver {
  /** Uppermost first. */
  private final List<Layer> layers;

  private final Mistakes mistakes;
  private final Map<String, LoadedConfig.Value> values = new LinkedHashMap<>();

  Resolver(List<Layer> layers, Mistakes mistakes) {
    this.layers = layers;
    this.mistakes = mistakes;
  }

  Map<String, LoadedConfig.Value> values() {
    return values;
  }

  /** The effective raw value; values it hides are not looked at, right or wrong. */
  Optional<Raw> raw(Setting<?> setting) {
    for (Layer layer : layers) {
      Optional<Raw> raw = layer.value(setting.key());
      if (raw.isPresent()) {
        return raw;
      }
    }
    return Optional.empty();
  }

  <T> T get(Setting<T> setting) {
    return get(setting, setting.fallback());
  }

  /** The effective value, or the fallback where there is none or a mistake was reported. */
  <T> T get(Setting<T> setting, T fallback) {
    T value = fallback;
    Origin origin = Origin.DEFAULT;
    Optional<Raw> raw = raw(setting);
    if (raw.isPresent()) {
      origin = raw.get().origin();
      try {
        value = setting.type().parse(raw.get());
      } catch (InvalidValueException e) {
        mistakes.add(setting.key(), raw.get(), e.getMessage());
      }
    }
    String yaml = value == null ? null : setting.type().yaml(value);
    values.put(setting.key(), new LoadedConfig.Value(yaml, origin));
    return value;
  }

  int getInt(Setting<Long> setting) {
    return Math.toIntExact(get(setting));
  }

  /** The drives of the uppermost layer that has any. */
  List<RawDrive> drives() {
    for (Layer layer : layers) {
      if (layer.drives().isPresent()) {
        return layer.drives().get();
      }
    }
    return List.of();
  }
}
