package dev.doorbell.service.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.spi.observability.HttpRequest;
import io.vertx.core.spi.observability.HttpResponse;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Map;

/**
 * Turns what Vert.x tells of requests into spans, by the semantic conventions for HTTP servers. A
 * span belongs to the client's trace if the request has a {@code traceparent} (W3C Trace Context,
 * 3.2), else it begins one. Safe for use by all loops at once.
 */
final class RequestTracer implements VertxTracer<Span, Void> {
  private static final String RESOURCES = "/v1/";
  private static final String RANGE = "range";
  private static final String CONTENT_RANGE = "content-range";
  private static final int SERVER_ERROR = 500;

  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> PEER = AttributeKey.stringKey("client.address");
  private static final AttributeKey<String> ASKED_RANGE =
      AttributeKey.stringKey("http.request.header.range");
  private static final AttributeKey<String> WRITTEN_RANGE =
      AttributeKey.stringKey("http.request.header.content-range");

  private final Tracer tracer;
  private final W3CTraceContextPropagator propagator = W3CTraceContextPropagator.getInstance();

  RequestTracer(Tracer tracer) {
    this.tracer = tracer;
  }

  /** Begins the span of a request for a resource; metrics and health checks have none. */
  @Override
  public <R> Span receiveRequest(
      Context context,
      SpanKind kind,
      TracingPolicy policy,
      R request,
      String operation,
      Iterable<Map.Entry<String, String>> headers,
      TagExtractor<R> tags) {
    if (!(request instanceof HttpRequest http)
        || http.uri() == null
        || !http.uri().startsWith(RESOURCES)) {
      return null;
    }
    String method = http.method().name();
    int query = http.uri().indexOf('?');
    SpanBuilder span =
        tracer
            .spanBuilder(method)
            .setSpanKind(io.opentelemetry.api.trace.SpanKind.SERVER)
            .setParent(
                propagator.extract(
                    io.opentelemetry.context.Context.root(), http.headers(), Headers.GETTER))
            .setAttribute(METHOD, method)
            .setAttribute(PATH, query < 0 ? http.uri() : http.uri().substring(0, query));
    if (http.remoteAddress() != null && http.remoteAddress().hostAddress() != null) {
      span.setAttribute(PEER, http.remoteAddress().hostAddress());
    }
    header(span, http.headers(), RANGE, ASKED_RANGE);
    header(span, http.headers(), CONTENT_RANGE, WRITTEN_RANGE);
    return span.startSpan();
  }

  /** Ends a span: the answer has been sent, or there will be none. */
  @Override
  public <R> void sendResponse(
      Context context, R response, Span span, Throwable failure, TagExtractor<R> tags) {
    if (span == null) {
      return;
    }
    if (failure != null) {
      span.setAttribute(ERROR, failure.getClass().getName());
      span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
    }
    if (response instanceof HttpResponse http) {
      span.setAttribute(STATUS, (long) http.statusCode());
      if (http.statusCode() >= SERVER_ERROR) {
        span.setAttribute(ERROR, Integer.toString(http.statusCode()));
        span.setStatus(StatusCode.ERROR);
      }
    }
    span.end();
  }

  private static void header(
      SpanBuilder span, MultiMap headers, String name, AttributeKey<String> key) {
    String value = headers.get(name);
    if (value != null) {
      span.setAttribute(key, value);
    }
  }
}
