package dev.doorbell.service.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer that is in memory as a whole, so that it can be kept and given once more.
 *
 * @param headers beyond {@code Content-Length}
 * @param body null for none
 */
record Reply(int status, List<Header> headers, Buffer body) {
  /** A header of an answer. */
  record Header(CharSequence name, CharSequence value) {}

  Reply {
    headers = List.copyOf(headers);
  }

  static Reply json(JsonObject body) {
    return json(body.toBuffer());
  }

  static Reply json(JsonArray body) {
    return json(body.toBuffer());
  }

  private static Reply json(Buffer body) {
    return of("application/json", body);
  }

  static Reply of(CharSequence type, Buffer body) {
    return new Reply(
        200,
        List.of(
            new Header(HttpHeaders.CONTENT_TYPE, type),
            new Header(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE)),
        body);
  }

  /** Done, and nothing to tell. */
  static Reply noContent() {
    return new Reply(204, List.of(), null);
  }

  Reply with(CharSequence name, CharSequence value) {
    List<Header> more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new Reply(status, more, body);
  }

  /** Says how durable what was done is. */
  Reply applied(boolean durable) {
    return with(
        DataHeaders.PREFERENCE_APPLIED, durable ? DataHeaders.DURABLE : DataHeaders.VOLATILE);
  }

  /** Answers a request, whose response must not have begun; a HEAD gets no body. */
  void send(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return;
    }
    response.setStatusCode(status);
    headers.forEach(h -> response.putHeader(h.name(), h.value()));
    if (body == null) {
      response.end();
    } else {
      Bodies.end(request, body);
    }
  }
}
