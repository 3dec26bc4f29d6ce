package dev.doorbell.service.metrics;

import dev.doorbell.service.drive.Drive;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;

/** The service's metrics; safe for use by any thread. */
public final class Metrics implements AutoCloseable {
  private final DoorbellCollector collector = new DoorbellCollector();
  private PrometheusMeterRegistry registry;
  private JvmGcMetrics gc;

  /** Adds the counters of an event loop. */
  public void add(LoopMetrics loop) {
    collector.add(loop);
  }

  public void drives(List<Drive> drives) {
    collector.drives(drives);
  }

  /**
   * Renders everything in Prometheus' text format; takes milliseconds. The registry is made by the
   * first scrape: it would cost a good part of the start-up time.
   */
  public synchronized String scrape() {
    if (registry == null) {
      registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      // Names that Prometheus' own linter refuses; the collector has process_cpu_seconds_total.
      registry
          .config()
          .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
          .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
      registry.getPrometheusRegistry().register(collector);
      new JvmMemoryMetrics().bindTo(registry);
      new JvmThreadMetrics().bindTo(registry);
      new ProcessorMetrics().bindTo(registry);
      new UptimeMetrics().bindTo(registry);
      new FileDescriptorMetrics().bindTo(registry);
      gc = new JvmGcMetrics();
      gc.bindTo(registry);
    }
    return registry.scrape();
  }

  @Override
  public synchronized void close() {
    if (gc != null) {
      gc.close();
    }
  }
}
