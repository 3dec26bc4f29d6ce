package dev.doorbell.service.config;

import java.util.ArrayList;
import java.util.List;

/** Collects mistakes while the layers are read, so that all are reported together. */
final class Mistakes {
  private final List<ConfigMistake> found = new ArrayList<>();

  void add(String key, String value, Origin origin, String problem) {
    found.add(new ConfigMistake(key, value, origin, problem));
  }

  void add(String key, Raw raw, String problem) {
    add(key, raw.text(), raw.origin(), problem);
  }

  void addAll(List<ConfigMistake> mistakes) {
    found.addAll(mistakes);
  }

  List<ConfigMistake> list() {
    return found;
  }

  int count() {
    return found.size();
  }

  /** Ends the reading if anything was wrong. */
  void throwIfAny() throws ConfigException {
    if (!found.isEmpty()) {
      throw new ConfigException(found);
    }
  }
}
