package dev.doorbell.service.config;

import java.util.Locale;

/**
 * A key with one value.
 *
 * @param key path in the YAML file, such as {@code poll.max_ns}
 * @param fallback value where no layer gives one; null where there is none
 */
record Setting<T>(String key, ValueType<T> type, T fallback) {
  /** Name in the environment, such as {@code DOORBELL_POLL_MAX_NS}. */
  String variable() {
    return Settings.VARIABLE_PREFIX + key.replace('.', '_').toUpperCase(Locale.ROOT);
  }
}
