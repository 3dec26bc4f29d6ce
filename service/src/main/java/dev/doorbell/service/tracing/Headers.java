package dev.doorbell.service.tracing;

import io.opentelemetry.context.propagation.TextMapGetter;
import io.vertx.core.MultiMap;

/** How a propagator finds headers of a request. */
enum Headers implements TextMapGetter<MultiMap> {
  GETTER;

  @Override
  public Iterable<String> keys(MultiMap headers) {
    return headers.names();
  }

  @Override
  public String get(MultiMap headers, String name) {
    return headers == null ? null : headers.get(name);
  }
}
