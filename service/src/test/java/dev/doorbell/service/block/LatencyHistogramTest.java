package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
  @Test
  void countsALatencyInTheFirstBucketWhoseBoundItDoesNotExceed() {
    LatencyHistogram histogram = new LatencyHistogram();
    histogram.record(0);
    histogram.record(1_000);
    histogram.record(1_001);
    histogram.record(10_000_000_000L);
    histogram.record(10_000_000_001L);
    assertEquals(2, histogram.count(0));
    assertEquals(1, histogram.count(1));
    assertEquals(1, histogram.count(LatencyHistogram.buckets() - 1));
    assertEquals(1, histogram.count(LatencyHistogram.buckets()));
    assertEquals(20.000002002, histogram.sumSeconds(), 1e-9);
    assertEquals(1e-6, LatencyHistogram.upperBoundSeconds(0));
    assertEquals(10, LatencyHistogram.upperBoundSeconds(LatencyHistogram.buckets() - 1));
  }
}
