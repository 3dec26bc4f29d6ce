package dev.doorbell.service.http;

import io.vertx.core.http.HttpServerRequest;

/**
 * What a client prefers (RFC 7240, 2), as far as it is known here: {@code durability=volatile}, and
 * {@code server-timing}.
 *
 * @param durable whether a write is answered when it is durable
 * @param timing whether the answer tells how long the drive took
 */
record Preferences(boolean durable, boolean timing) {
  private static final Preferences NONE = new Preferences(true, false);

  static Preferences of(HttpServerRequest request) {
    if (!request.headers().contains(DataHeaders.PREFER)) {
      return NONE;
    }
    boolean durable = true;
    boolean timing = false;
    for (String header : request.headers().getAll(DataHeaders.PREFER)) {
      for (String preference : header.split(",")) {
        String value = preference.split(";", 2)[0].replace(" ", "").replace("\"", "");
        durable &= !value.equalsIgnoreCase("durability=volatile");
        timing |= value.equalsIgnoreCase("server-timing");
      }
    }
    return new Preferences(durable, timing);
  }

  /** The value of Server-Timing for what the drive took: milliseconds. */
  static String timing(long nanos) {
    long micros = Math.max(0, nanos) / 1000;
    long rest = micros % 1000;
    return "nvme;dur=" + micros / 1000 + (rest < 10 ? ".00" : rest < 100 ? ".0" : ".") + rest;
  }
}
