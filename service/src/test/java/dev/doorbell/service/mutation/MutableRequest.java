package dev.doorbell.service.mutation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A request in parts that mutations change, apart from any protocol. */
final class MutableRequest {
  /** Methods that change nothing, whatever else the request says. */
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "QUERY", "TRACE");

  String method;
  String target;
  final List<String[]> headers = new ArrayList<>();
  byte[] body = {};

  MutableRequest(String method, String target) {
    this.method = method;
    this.target = target;
  }

  MutableRequest with(String name, String value) {
    headers.add(new String[] {name, value});
    return this;
  }

  MutableRequest body(byte[] bytes) {
    body = bytes;
    return this;
  }

  MutableRequest body(String text) {
    return body(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  MutableRequest copy() {
    MutableRequest copy = new MutableRequest(method, target);
    headers.forEach(h -> copy.with(h[0], h[1]));
    return copy.body(body);
  }

  boolean isSafe() {
    return SAFE.contains(method);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(method + " " + target);
    headers.forEach(h -> text.append(" | ").append(h[0]).append(": ").append(h[1]));
    return text.append(" | ").append(body.length).append(" bytes").toString();
  }
}
