package dev.doorbell.service.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.vertx.core.VertxBuilder;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/**
 * Sends spans of requests to a collector, by OTLP over HTTP, from a thread of its own: where the
 * collector is slow or away spans are dropped, and no request waits.
 */
public final class Tracing implements AutoCloseable {
  private static final String TRACES = "v1/traces";
  private static final long LAST_SPANS_SECONDS = 5;

  private final SdkTracerProvider provider;

  /**
   * @param collector base of the collector's address, to which OTLP adds {@code v1/traces}
   * @param oneIn of how many traces that begin here one is recorded; whether a client's trace is
   *     recorded is the client's decision
   */
  public Tracing(URI collector, int oneIn, String version) {
    LibraryLog.install();
    String base = collector.toString();
    Sampler root = oneIn == 1 ? Sampler.alwaysOn() : Sampler.traceIdRatioBased(1.0 / oneIn);
    provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.getDefault()
                    .merge(
                        Resource.create(
                            Attributes.builder()
                                .put("service.name", "doorbell")
                                .put("service.version", version)
                                .build())))
            .setSampler(Sampler.parentBased(root))
            .addSpanProcessor(
                BatchSpanProcessor.builder(
                        OtlpHttpSpanExporter.builder()
                            // Else the last spans would be tried again and again at the end.
                            .setRetryPolicy(null)
                            .setEndpoint(base.endsWith("/") ? base + TRACES : base + "/" + TRACES)
                            .build())
                    .build())
            .build();
  }

  /** Has Vert.x tell of requests. */
  public VertxBuilder install(VertxBuilder builder) {
    RequestTracer tracer = new RequestTracer(provider.get("dev.doorbell"));
    return builder.withTracer(options -> tracer);
  }

  /** Sends the spans that are left, if the collector takes them soon. */
  @Override
  public void close() {
    provider.shutdown().join(LAST_SPANS_SECONDS, TimeUnit.SECONDS);
  }
}
