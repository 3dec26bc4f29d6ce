package dev.doorbell.service.metrics;

import dev.doorbell.service.block.LatencyHistogram;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.LinkedHashMap;
import java.util.Map;

/** Collects data points of metric families, in any order, into one snapshot. */
final class Families {
  private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
  private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
  private final Map<String, HistogramSnapshot.Builder> histograms = new LinkedHashMap<>();

  /**
   * Adds a counter; the exposition appends {@code _total}.
   *
   * @param name without prefix and suffix
   */
  void counter(String name, String help, double value, Labels labels) {
    counterAs("doorbell_" + name, help, value, labels);
  }

  /** As {@link #counter}, for a name that others define. */
  void counterAs(String name, String help, double value, Labels labels) {
    counters
        .computeIfAbsent(name, n -> CounterSnapshot.builder().name(n).help(help))
        .dataPoint(
            CounterSnapshot.CounterDataPointSnapshot.builder().value(value).labels(labels).build());
  }

  void gauge(String name, String help, double value, Labels labels) {
    gauges
        .computeIfAbsent(name, n -> GaugeSnapshot.builder().name("doorbell_" + n).help(help))
        .dataPoint(
            GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).labels(labels).build());
  }

  void histogram(String name, String help, LatencyHistogram latency, Labels labels) {
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < LatencyHistogram.buckets(); i++) {
      buckets.bucket(LatencyHistogram.upperBoundSeconds(i), latency.count(i));
    }
    buckets.bucket(Double.POSITIVE_INFINITY, latency.count(LatencyHistogram.buckets()));
    histogram(name, help, buckets.build(), latency.sumSeconds(), labels);
  }

  void histogram(
      String name, String help, ClassicHistogramBuckets buckets, double sum, Labels labels) {
    histograms
        .computeIfAbsent(name, n -> HistogramSnapshot.builder().name("doorbell_" + n).help(help))
        .dataPoint(
            HistogramSnapshot.HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(buckets)
                .sum(sum)
                .labels(labels)
                .build());
  }

  MetricSnapshots snapshots() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    counters.values().forEach(b -> all.metricSnapshot(b.build()));
    gauges.values().forEach(b -> all.metricSnapshot(b.build()));
    histograms.values().forEach(b -> all.metricSnapshot(b.build()));
    return all.build();
  }
}
