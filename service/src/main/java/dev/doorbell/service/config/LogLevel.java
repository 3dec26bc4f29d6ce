package dev.doorbell.service.config;

import java.util.Locale;

/** How much is logged; each level includes those before it. */
public enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG,
  TRACE;

  /** As written in the configuration: lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
