package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** What a client got. */
record Answer(int status, MultiMap headers, byte[] body) {
  String header(String name) {
    return headers.get(name);
  }

  JsonObject json() {
    return new JsonObject(Buffer.buffer(body));
  }

  JsonArray jsonArray() {
    return new JsonArray(Buffer.buffer(body));
  }

  Answer expect(int expected) {
    assertEquals(expected, status, () -> "body: " + new String(body));
    return this;
  }

  /** The problem document of a refusal, its fixed members checked. */
  JsonObject problem(int expected) {
    expect(expected);
    assertEquals("application/problem+json", header("content-type"));
    assertEquals("no-store", header("cache-control"));
    assertEquals(Integer.toString(body.length), header("content-length"));
    JsonObject problem = json();
    assertEquals(expected, problem.getInteger("status"));
    assertEquals("about:blank", problem.getString("type"));
    return problem;
  }
}
