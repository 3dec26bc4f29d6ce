package dev.doorbell.service.client;

import io.vertx.core.http.HttpMethod;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A request as it is sent, once or several times.
 *
 * @param headers names and values in turn
 * @param body its remaining bytes; null for none
 * @param target that a successful answer must fill exactly; null if its text is wanted
 * @param repeatable whether doing it twice is as good as once (RFC 9110, 9.2.2)
 */
record Call(
    HttpMethod method,
    String path,
    List<String> headers,
    ByteBuffer body,
    ByteBuffer target,
    boolean repeatable) {
  static Call get(String path) {
    return new Call(HttpMethod.GET, path, List.of(), null, null, true);
  }

  /** An action; never sent twice. */
  static Call post(String path, ByteBuffer json) {
    List<String> headers = json == null ? List.of() : List.of("content-type", "application/json");
    return new Call(HttpMethod.POST, path, headers, json, null, false);
  }

  @Override
  public String toString() {
    return method + " " + path;
  }
}
