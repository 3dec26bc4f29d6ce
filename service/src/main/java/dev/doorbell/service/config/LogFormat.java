package dev.doorbell.service.config;

import java.util.Locale;

/** What a line of the log looks like. */
public enum LogFormat {
  /** For people: time, level, class, message. */
  TEXT,
  /** For programs: one JSON object each. */
  JSON;

  /** As written in the configuration: lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
