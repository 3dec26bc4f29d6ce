package dev.doorbell.service.config;

import java.util.Locale;

/** What becomes of a zone metadata file that does not fit its drive, or is damaged. */
public enum ZoneMetaPolicy {
  /** The drive is refused, and the file stays as it is. */
  KEEP,
  /** The file is moved aside, and all zones are empty. */
  REINITIALIZE;

  /** As written in the configuration: lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
