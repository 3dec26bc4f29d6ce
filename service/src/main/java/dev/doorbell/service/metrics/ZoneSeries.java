package dev.doorbell.service.metrics;

import dev.doorbell.nvme.controller.ZonedInfo;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.ZoneCounters;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Zones of a namespace: their states by asking the drive, on one of its loops, when Prometheus
 * asks; what was done to them by the loops' own counters.
 */
final class ZoneSeries {
  private static final long DRIVE_MILLIS = 1000;
  private static final List<ZoneAction> ACTIONS =
      List.of(
          ZoneAction.OPEN,
          ZoneAction.CLOSE,
          ZoneAction.FINISH,
          ZoneAction.RESET,
          ZoneAction.OFFLINE);

  private ZoneSeries() {}

  /** Gauges of the namespace; a drive that does not answer in time is left out. */
  static void states(Families f, BlockDevice device) {
    List<CompletableFuture<Long>> counting = new ArrayList<>();
    for (ZoneCondition condition : ZoneCondition.values()) {
      CompletableFuture<Long> count = new CompletableFuture<>();
      counting.add(count);
      device
          .executor()
          .execute(
              () ->
                  device
                      .zones()
                      .count(
                          condition,
                          (status, report) -> count.complete(status == 0 ? report.count() : -1)));
    }
    long[] counts = new long[counting.size()];
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRIVE_MILLIS);
    for (int i = 0; i < counts.length; i++) {
      try {
        counts[i] =
            counting.get(i).get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException e) {
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      if (counts[i] < 0) {
        return;
      }
    }
    states(f, device, counts);
  }

  private static void states(Families f, BlockDevice device, long[] counts) {
    Labels labels = labels(device);
    for (ZoneCondition condition : ZoneCondition.values()) {
      f.gauge(
          "zones",
          "Zones by state",
          counts[condition.ordinal()],
          labels.add("state", condition.label()));
    }
    long open =
        counts[ZoneCondition.IMPLICITLY_OPEN.ordinal()]
            + counts[ZoneCondition.EXPLICITLY_OPEN.ordinal()];
    long active = open + counts[ZoneCondition.CLOSED.ordinal()];
    ZonedInfo info = device.zones().info();
    f.gauge("zones_open", "Zones that are open", open, labels);
    f.gauge("zones_open_limit", "Open zones at most; 0 for no limit", info.maxOpen(), labels);
    f.gauge("zones_active", "Zones that are open or closed", active, labels);
    f.gauge("zones_active_limit", "Active zones at most; 0 for no limit", info.maxActive(), labels);
  }

  /** Counters of one loop. */
  static void done(Families f, int loop, BlockDevice device) {
    Labels labels = labels(device).add("loop", Integer.toString(loop));
    ZoneCounters c = device.zones().counters();
    for (ZoneAction action : ACTIONS) {
      f.counter(
          "zone_actions",
          "Management actions on zones that succeeded",
          c.actions(action),
          labels.add("action", action.label()));
    }
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < ZoneCounters.buckets(); i++) {
      buckets.bucket(ZoneCounters.upperBound(i), c.appends(i));
    }
    buckets.bucket(Double.POSITIVE_INFINITY, c.appends(ZoneCounters.buckets()));
    f.histogram(
        "zone_append_size_bytes",
        "Sizes of appends to zones that succeeded",
        buckets.build(),
        c.appendedBytes(),
        labels);
  }

  private static Labels labels(BlockDevice device) {
    return Labels.of(
        "controller", device.namespace().controller().name(),
        "namespace", device.namespace().name());
  }
}
