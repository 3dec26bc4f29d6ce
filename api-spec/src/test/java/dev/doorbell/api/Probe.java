package dev.doorbell.api;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A request, and the status that it is to be answered with.
 *
 * @param service that is asked
 * @param parts of the body, sent one after the other; empty for none
 */
record Probe(
    Services.Kind service,
    String method,
    String path,
    Map<String, String> headers,
    List<byte[]> parts,
    Framing framing,
    int status) {
  /** How the length of a body is told. */
  enum Framing {
    CONTENT_LENGTH,
    /** Not at all: chunks over HTTP/1.1, over HTTP/2 the end of the stream. */
    UNKNOWN,
    /** With Content-Length, and sent after 100 (Continue) only. */
    EXPECT_CONTINUE
  }

  static Probe of(Services.Kind service, String method, String path, int status) {
    return new Probe(service, method, path, Map.of(), List.of(), Framing.CONTENT_LENGTH, status);
  }

  Probe with(String header, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(header, value);
    return new Probe(service, method, path, more, parts, framing, status);
  }

  /** Adds {@code bytes} bytes to the body, as a part of their own. */
  Probe body(int bytes) {
    List<byte[]> more = new ArrayList<>(parts);
    more.add(new byte[bytes]);
    return new Probe(service, method, path, headers, more, framing, status);
  }

  /** Adds text to the body. */
  Probe text(String text) {
    List<byte[]> more = new ArrayList<>(parts);
    more.add(text.getBytes(StandardCharsets.UTF_8));
    return new Probe(service, method, path, headers, more, framing, status);
  }

  Probe framed(Framing how) {
    return new Probe(service, method, path, headers, parts, how, status);
  }

  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(status + " " + method + " " + path + " on " + service + " " + headers);
    parts.forEach(part -> text.append(" +").append(part.length));
    return text.append(parts.isEmpty() ? "" : " " + framing).toString();
  }
}
