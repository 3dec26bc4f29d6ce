package dev.doorbell.service.client;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;

/**
 * A successful answer.
 *
 * @param body null if it went into the call's target
 */
record Reply(int status, MultiMap headers, Buffer body) {
  Document document() {
    return new Document(body.toString());
  }
}
