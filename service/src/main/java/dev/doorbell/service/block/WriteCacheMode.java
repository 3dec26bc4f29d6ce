package dev.doorbell.service.block;

import java.util.Locale;

/** When a write is durable that did not ask to be. */
public enum WriteCacheMode {
  /** With the next flush. */
  WRITEBACK,
  /** When it is acknowledged. */
  WRITETHROUGH;

  /** As written in configuration and JSON. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
