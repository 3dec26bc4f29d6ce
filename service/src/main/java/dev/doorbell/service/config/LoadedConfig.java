package dev.doorbell.service.config;

import java.util.List;
import java.util.Map;

/** A configuration that keeps every rule, with where its values came from. */
public final class LoadedConfig {
  private final DoorbellConfig config;
  private final Map<String, Value> values;
  private final List<ResolvedDrive> drives;

  /**
   * The effective value of a key.
   *
   * @param yaml as a YAML scalar; null for a key without value
   */
  record Value(String yaml, Origin origin) {}

  LoadedConfig(DoorbellConfig config, Map<String, Value> values, List<ResolvedDrive> drives) {
    this.config = config;
    this.values = values;
    this.drives = drives;
  }

  public DoorbellConfig config() {
    return config;
  }

  /** By key, in the order of the model. */
  Map<String, Value> values() {
    return values;
  }

  List<ResolvedDrive> drives() {
    return drives;
  }
}
