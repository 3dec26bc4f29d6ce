package dev.doorbell.service.http;

import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockConfiguration;
import dev.doorbell.service.block.BlockCounters;
import dev.doorbell.service.block.BlockCounters.Counter;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.BlockSettings;
import dev.doorbell.service.block.LatencyHistogram;
import dev.doorbell.service.block.NamespaceControl;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** Accounting, settings and configuration of a namespace as JSON. */
final class BlockView {
  private BlockView() {}

  /** Members of a namespace that a front end configures itself by. */
  static void configuration(JsonObject json, BlockNamespace namespace) {
    BlockConfiguration c = BlockConfiguration.of(namespace);
    json.put("physical_block_size", c.physicalBlockSize())
        .put("min_io_bytes", c.minIoSize())
        .put("optimal_io_bytes", c.optimalIoSize())
        .put("max_segments", c.maxSegments())
        .put("max_discard_bytes", c.maxDiscardBytes())
        .put("max_discard_segments", c.maxDiscardSegments())
        .put("discard_alignment", c.discardAlignment())
        .put("max_write_zeroes_bytes", c.maxWriteZeroesBytes())
        .put("write_zeroes_may_unmap", c.writeZeroesMayUnmap())
        .put("max_verify_bytes", c.maxVerifyBytes())
        .put("compare", c.compare())
        .put("max_copy_bytes", c.maxCopyBytes())
        .put("max_copy_segments", c.maxCopySegments())
        .put("max_compare_and_write_bytes", c.maxCompareAndWriteBytes())
        .put(
            "geometry",
            new JsonObject()
                .put("cylinders", c.geometry().cylinders())
                .put("heads", c.geometry().heads())
                .put("sectors", c.geometry().sectors()))
        .put("write_cache", c.writeCache().text())
        .put("queues", c.queues())
        .put("state", state(namespace));
  }

  static String state(BlockNamespace namespace) {
    if (!namespace.available()) {
      return "unavailable";
    }
    return namespace.control().stopped().isPresent() ? "stopped" : "running";
  }

  /** The sum of all loops; each counter is whole, they are not of one instant. */
  static JsonObject statistics(BlockNamespace namespace, long now) {
    List<BlockDevice> devices = namespace.control().devices();
    JsonObject operations = new JsonObject();
    for (BlockKind kind : BlockKind.values()) {
      if (!kind.ofZones() || namespace.zoned() != null) {
        operations.put(kind.label(), kind(devices, kind));
      }
    }
    long active = 0;
    long waiting = 0;
    long idle = Long.MAX_VALUE;
    for (BlockDevice device : devices) {
      active += device.active();
      waiting += device.waiting();
      idle = Math.min(idle, now - device.counters().lastEnd());
    }
    return new JsonObject()
        .put("namespace", namespace.name())
        .put("in_flight", active)
        .put("waiting", waiting)
        .put("idle_time_ns", active > 0 ? 0 : Math.max(0, idle))
        .put("stops", namespace.control().stops())
        .put("operations", operations);
  }

  private static JsonObject kind(List<BlockDevice> devices, BlockKind kind) {
    JsonObject json = new JsonObject();
    for (Counter counter : Counter.values()) {
      long sum = 0;
      for (BlockDevice device : devices) {
        sum += device.counters().get(kind, counter);
      }
      json.put(counter.name().toLowerCase(Locale.ROOT), sum);
    }
    double seconds = 0;
    long[] counts = new long[LatencyHistogram.buckets() + 1];
    for (BlockDevice device : devices) {
      BlockCounters counters = device.counters();
      seconds += counters.latency(kind).sumSeconds();
      for (int i = 0; i < counts.length; i++) {
        counts[i] += counters.latency(kind).count(i);
      }
    }
    JsonArray latency = new JsonArray();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        JsonObject bucket = new JsonObject();
        if (i < LatencyHistogram.buckets()) {
          bucket.put("up_to_ns", Math.round(LatencyHistogram.upperBoundSeconds(i) * 1e9));
        }
        latency.add(bucket.put("count", counts[i]));
      }
    }
    return json.put("total_time_ns", Math.round(seconds * 1e9)).put("latency", latency);
  }

  static JsonObject policy(BlockNamespace namespace) {
    BlockSettings settings = namespace.control().settings();
    JsonObject json =
        new JsonObject()
            .put("read_errors", settings.readErrors().text())
            .put("write_errors", settings.writeErrors().text())
            .put("write_cache", settings.writeCache().text())
            .put("merge", settings.merge())
            .put("read_only", settings.readOnly())
            .put("max_waiting", settings.maxWaiting())
            .put("operations_per_second", settings.operationsPerSecond())
            .put("bytes_per_second", settings.bytesPerSecond())
            .put("burst_ms", settings.burstMillis())
            .put("state", state(namespace));
    namespace.control().stopped().ifPresent(stop -> json.put("stop", stop(stop)));
    return json;
  }

  static JsonObject stop(NamespaceControl.Stop stop) {
    return new JsonObject()
        .put("operation", stop.kind().label())
        .put("offset", stop.offset())
        .put("sct", Status.sct(stop.status()))
        .put("sc", Status.sc(stop.status()))
        .put("status_name", Status.name(stop.status()));
  }
}
