package dev.doorbell.api;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * An answer as it came over the wire.
 *
 * @param method of the request
 * @param path of the request, without a query
 * @param headers by lower-case name, without HTTP/2's pseudo-headers
 */
record Answer(
    String method, String path, int status, Map<String, List<String>> headers, byte[] body) {
  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** The first value of a header, or null. */
  String header(String name) {
    List<String> values = headers.get(name);
    return values == null ? null : values.get(0);
  }

  @Override
  public String toString() {
    String what = body.length > 2000 ? body.length + " bytes" : text();
    return method + " " + path + " " + status + " " + headers + " " + what;
  }
}
