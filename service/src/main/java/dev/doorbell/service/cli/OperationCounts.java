package dev.doorbell.service.cli;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of the requests of one kind.
 *
 * @param latency how many took at most so many nanoseconds; {@link Long#MAX_VALUE} for those beyond
 *     the last bound
 */
record OperationCounts(
    long done,
    long failed,
    long invalid,
    long merged,
    long bytes,
    long nanos,
    TreeMap<Long, Long> latency) {
  static OperationCounts of(Map<?, ?> json) {
    TreeMap<Long, Long> latency = new TreeMap<>();
    if (json.get("latency") instanceof List<?> buckets) {
      for (Object item : buckets) {
        if (item instanceof Map<?, ?> bucket) {
          Object bound = bucket.get("up_to_ns");
          latency.put(
              bound instanceof Number n ? n.longValue() : Long.MAX_VALUE, number(bucket, "count"));
        }
      }
    }
    return new OperationCounts(
        number(json, "done"),
        number(json, "failed"),
        number(json, "invalid"),
        number(json, "merged"),
        number(json, "bytes"),
        number(json, "total_time_ns"),
        latency);
  }

  private static long number(Map<?, ?> json, String name) {
    return json.get(name) instanceof Number number ? number.longValue() : 0;
  }

  /** What was added since an earlier look. */
  OperationCounts since(OperationCounts before) {
    TreeMap<Long, Long> added = new TreeMap<>();
    latency.forEach(
        (bound, count) -> {
          long more = count - before.latency.getOrDefault(bound, 0L);
          if (more > 0) {
            added.put(bound, more);
          }
        });
    return new OperationCounts(
        done - before.done,
        failed - before.failed,
        invalid - before.invalid,
        merged - before.merged,
        bytes - before.bytes,
        nanos - before.nanos,
        added);
  }

  boolean nothing() {
    return done == 0 && failed == 0 && invalid == 0;
  }

  double meanNanos() {
    return done == 0 ? 0 : nanos / (double) done;
  }

  /** The bound that a share of the requests stayed within; -1 without requests. */
  long percentile(double share) {
    long all = latency.values().stream().mapToLong(Long::longValue).sum();
    long wanted = (long) Math.ceil(all * share);
    long seen = 0;
    for (Map.Entry<Long, Long> bucket : latency.entrySet()) {
      seen += bucket.getValue();
      if (seen >= wanted) {
        return bucket.getKey();
      }
    }
    return -1;
  }
}
