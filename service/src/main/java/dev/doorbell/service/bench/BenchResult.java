package dev.doorbell.service.bench;

import org.HdrHistogram.Histogram;

/**
 * What a load came to.
 *
 * @param size bytes of a request
 * @param nanos from the first request to the last answer
 * @param reads latencies in nanoseconds
 * @param writes latencies in nanoseconds
 */
public record BenchResult(int size, long nanos, Histogram reads, Histogram writes) {
  /** Requests of a kind a second. */
  public double rate(Histogram kind) {
    return kind.getTotalCount() * 1e9 / nanos;
  }

  /** Bytes of a kind a second. */
  public double bytesPerSecond(Histogram kind) {
    return rate(kind) * size;
  }
}
