package dev.doorbell.service.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** Ends answers that are in memory as a whole. */
final class Bodies {
  private Bodies() {}

  /**
   * Ends the answer with {@code body}, or for a HEAD with its length only: over HTTP/2 a body sent
   * to a HEAD is a protocol error (RFC 9113, 8.1.1), and the client would see no answer at all.
   */
  static void end(HttpServerRequest request, Buffer body) {
    HttpServerResponse response = request.response();
    if (request.method() == HttpMethod.HEAD) {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length())).end();
    } else {
      response.end(body);
    }
  }
}
