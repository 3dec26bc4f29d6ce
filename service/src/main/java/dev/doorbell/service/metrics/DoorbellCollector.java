package dev.doorbell.service.metrics;

import dev.doorbell.nvme.controller.ControllerCounter;
import dev.doorbell.nvme.controller.Health;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.queue.QueueCounters;
import dev.doorbell.service.block.BlockCounters;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.http.HttpCounters;
import dev.doorbell.service.loop.LoopCounters;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Reads the loops' counters when Prometheus asks. The loops count in plain memory of their own; all
 * cost of metrics is here, on the scraping thread.
 */
final class DoorbellCollector implements MultiCollector {
  /** A counter as Prometheus sees it; the exposition adds prefix and {@code _total}. */
  private record Series<C>(C counter, String name, String help) {}

  private static final String AVAILABLE_HELP = "0 if a namespace that was served has been detached";

  private static final List<Series<QueueCounter>> QUEUE_SERIES =
      List.of(
          new Series<>(QueueCounter.SUBMITTED, "nvme_commands", "NVMe commands submitted"),
          new Series<>(QueueCounter.COMPLETED, "nvme_completions", "NVMe commands completed"),
          new Series<>(
              QueueCounter.COMPLETION_ERRORS,
              "nvme_completion_errors",
              "NVMe completions with an error status"),
          new Series<>(
              QueueCounter.ALIGNED_ACCESSES,
              "nvme_aligned_accesses",
              "Transfers whose buffer went straight into PRPs"),
          new Series<>(
              QueueCounter.UNALIGNED_ACCESSES,
              "nvme_unaligned_accesses",
              "Transfers that went through a bounce buffer"),
          new Series<>(
              QueueCounter.SUBMISSION_DOORBELLS,
              "nvme_submission_doorbells",
              "Writes to a submission queue's doorbell"),
          new Series<>(
              QueueCounter.COMPLETION_DOORBELLS,
              "nvme_completion_doorbells",
              "Writes to a completion queue's doorbell"),
          new Series<>(
              QueueCounter.UNKNOWN_COMPLETIONS,
              "nvme_unknown_completions",
              "Completions whose command identifier named no outstanding command"),
          new Series<>(
              QueueCounter.OUTCOME_UNKNOWN,
              "nvme_outcome_unknown",
              "Commands the controller had when it was reset or lost"),
          new Series<>(
              QueueCounter.SLOT_WAITS, "nvme_slot_waits", "Commands that waited for a free slot"),
          new Series<>(
              QueueCounter.POLL_HITS,
              "nvme_poll_hits",
              "Looks at a completion queue that found something"),
          new Series<>(
              QueueCounter.POLL_MISSES,
              "nvme_poll_misses",
              "Looks at a completion queue that found nothing while commands were outstanding"));

  private static final List<Series<ControllerCounter>> CONTROLLER_SERIES =
      List.of(
          new Series<>(
              ControllerCounter.TIMEOUTS,
              "nvme_timeouts",
              "Commands that were outstanding for longer than they may be"),
          new Series<>(
              ControllerCounter.ABORTS, "nvme_aborts", "Abort commands sent for commands too late"),
          new Series<>(
              ControllerCounter.ABORTS_REFUSED,
              "nvme_aborts_refused",
              "Abort commands that did not abort"),
          new Series<>(ControllerCounter.RESETS, "nvme_resets", "Controller resets begun"),
          new Series<>(
              ControllerCounter.RESET_FAILURES,
              "nvme_reset_failures",
              "Resets after which the controller did not come back"),
          new Series<>(
              ControllerCounter.FATAL_STATUSES,
              "nvme_fatal_statuses",
              "Times the controller reported a fatal status"),
          new Series<>(
              ControllerCounter.LOST_STATES,
              "nvme_lost_states",
              "Times the controller was found disabled by itself, as after a loss of power"),
          new Series<>(
              ControllerCounter.REMOVALS,
              "nvme_removals",
              "Times the device was found gone, or was to be removed"),
          new Series<>(
              ControllerCounter.COMPLETION_STORMS,
              "nvme_completion_storms",
              "Floods of completions that named no command"));

  private static final List<Series<BlockCounters.Counter>> BLOCK_SERIES =
      List.of(
          new Series<>(BlockCounters.Counter.DONE, "block_operations", "Operations that succeeded"),
          new Series<>(
              BlockCounters.Counter.BYTES, "block_bytes", "Bytes of operations that succeeded"),
          new Series<>(
              BlockCounters.Counter.FAILED,
              "block_failures",
              "Operations that the drive failed: not what it refused for how its blocks and zones are"),
          new Series<>(
              BlockCounters.Counter.CONFLICT,
              "block_conflicts",
              "Operations that the drive refused for how its blocks and zones are, by the client's fault"),
          new Series<>(
              BlockCounters.Counter.INVALID,
              "block_invalid",
              "Operations that were refused before they came to the drive"),
          new Series<>(
              BlockCounters.Counter.MERGED,
              "block_merged",
              "Operations that went as a part of another's command"),
          new Series<>(
              BlockCounters.Counter.BUSY,
              "block_busy",
              "Operations that waited in vain, or found no place to wait"),
          new Series<>(
              BlockCounters.Counter.UNALIGNED,
              "block_unaligned",
              "Operations that did not start and end at logical blocks"));

  private static final List<Series<LoopCounters.Counter>> LOOP_SERIES =
      List.of(
          new Series<>(LoopCounters.Counter.TURNS, "loop_turns", "Passes of an event loop"),
          new Series<>(
              LoopCounters.Counter.POLL_HITS,
              "poll_hits",
              "Busy polls that saw a completion before their budget ran out"),
          new Series<>(
              LoopCounters.Counter.POLL_TIMEOUTS,
              "poll_timeouts",
              "Busy polls that gave up and slept"),
          new Series<>(
              LoopCounters.Counter.SLEEPS,
              "poll_sleeps",
              "Sleeps with commands outstanding, ended by an interrupt or a socket"));

  private final List<LoopMetrics> loops = new CopyOnWriteArrayList<>();
  private volatile List<Drive> drives = List.of();

  void add(LoopMetrics loop) {
    loops.add(loop);
  }

  void drives(List<Drive> all) {
    drives = all;
  }

  @Override
  public MetricSnapshots collect() {
    Families families = new Families();
    ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .ifPresent(
            cpu ->
                families.counterAs(
                    "process_cpu_seconds",
                    "User and system time of the process",
                    cpu.toNanos() / 1e9,
                    Labels.EMPTY));
    for (Drive drive : drives) {
      drive(families, drive);
    }
    families.gauge(
        "unsafe_noiommu",
        "1 if a controller is driven without an IOMMU and could reach all memory of the machine",
        drives.stream().anyMatch(Drive::unsafe) ? 1 : 0,
        Labels.EMPTY);
    // The first loop that there is asks for all: the zones are the same for every one.
    if (!loops.isEmpty()) {
      loops.get(0).devices().stream()
          .filter(d -> d.zones() != null)
          .forEach(d -> ZoneSeries.states(families, d));
    }
    for (LoopMetrics loop : loops) {
      loop(families, loop);
      http(families, loop);
      loop.queues().forEach(q -> queue(families, loop, q));
      loop.devices().forEach(d -> device(families, loop, d));
    }
    return families.snapshots();
  }

  private static void drive(Families f, Drive drive) {
    var info = drive.nvme().info();
    f.gauge(
        "controller_info",
        "A controller that is served; always 1",
        1,
        Labels.of(
            "controller", info.name(),
            "transport", info.transport(),
            "device", info.device(),
            "model", info.modelNumber(),
            "serial", info.serialNumber(),
            "firmware", info.firmwareRevision()));
    Labels controller = Labels.of("controller", info.name());
    f.gauge(
        "controller_live",
        "1 if the controller takes commands, 0 while it is reset or when it has failed",
        drive.state().equals("live") ? 1 : 0,
        controller);
    for (Series<ControllerCounter> series : CONTROLLER_SERIES) {
      f.counter(
          series.name(), series.help(), drive.nvme().faults().get(series.counter()), controller);
    }
    f.gauge(
        "controller_critical_warning",
        "Critical warnings of the drive's health log ; 0 if all is well",
        drive.events().criticalWarning(),
        controller);
    if (drive.events().health() != null) {
      health(f, drive.events().health(), controller);
    }
    f.counter(
        "controller_health_warnings",
        "Health warnings that the drive reported",
        drive.events().healthWarnings(),
        controller);
    f.counter(
        "controller_reported_errors",
        "Errors that the drive reported by itself",
        drive.events().errors(),
        controller);
    f.counter(
        "controller_namespace_changes",
        "Namespaces that came, went or changed while they were served",
        drive.events().namespaceChanges(),
        controller);
    for (var namespace : drive.all().detached()) {
      Labels labels = Labels.of("controller", info.name(), "namespace", namespace.name());
      f.gauge("namespace_available", AVAILABLE_HELP, 0, labels);
    }
    for (var namespace : drive.namespaces()) {
      Labels labels = Labels.of("controller", info.name(), "namespace", namespace.name());
      f.gauge("namespace_capacity_bytes", "Capacity of a namespace", namespace.capacity(), labels);
      f.gauge(
          "namespace_block_size_bytes",
          "Logical block size of a namespace",
          namespace.blockSize(),
          labels);
      f.gauge(
          "namespace_stopped",
          "1 if a namespace is stopped after an error, until it is resumed",
          namespace.control().stopped().isPresent() ? 1 : 0,
          labels);
      f.gauge("namespace_available", AVAILABLE_HELP, namespace.available() ? 1 : 0, labels);
      f.counter(
          "namespace_stops",
          "Times a namespace was stopped after an error",
          namespace.control().stops(),
          labels);
    }
  }

  /** The SMART / Health Information log (NVMe Base 1.4, 5.14.1.2). */
  private static void health(Families f, Health health, Labels controller) {
    f.gauge(
        "controller_temperature_celsius",
        "Composite temperature of the drive",
        health.temperatureKelvin() - 273,
        controller);
    f.gauge(
        "controller_available_spare_ratio",
        "Spare capacity that is left",
        health.availableSpare() / 100.0,
        controller);
    f.gauge(
        "controller_available_spare_threshold_ratio",
        "Spare capacity below which the drive warns",
        health.spareThreshold() / 100.0,
        controller);
    f.gauge(
        "controller_life_used_ratio",
        "Estimated part of the drive's life that is used up; may exceed 1",
        health.percentageUsed() / 100.0,
        controller);
    f.counter(
        "controller_media_errors",
        "Times the drive could not recover data, over its life",
        health.mediaErrors(),
        controller);
    f.counter(
        "controller_unsafe_shutdowns",
        "Losses of power without a shutdown, over the drive's life",
        health.unsafeShutdowns(),
        controller);
  }

  private static void loop(Families f, LoopMetrics loop) {
    Labels labels = Labels.of("loop", Integer.toString(loop.loop()));
    LoopCounters c = loop.counters();
    for (Series<LoopCounters.Counter> series : LOOP_SERIES) {
      f.counter(series.name(), series.help(), c.get(series.counter()), labels);
    }
    f.counter(
        "poll_busy_seconds",
        "Time spent in busy polling",
        c.get(LoopCounters.Counter.POLL_NANOS) / 1e9,
        labels);
  }

  private static void http(Families f, LoopMetrics loop) {
    HttpCounters c = loop.http();
    String number = Integer.toString(loop.loop());
    List<String> methods = HttpCounters.methods();
    for (int m = 0; m < methods.size(); m++) {
      for (int status = 100; status < 600; status++) {
        long n = c.requests(m, status);
        if (n > 0) {
          f.counter(
              "http_requests",
              "HTTP requests answered",
              n,
              Labels.of(
                  "loop", number, "method", methods.get(m), "code", Integer.toString(status)));
        }
      }
    }
    f.histogram(
        "http_request_duration_seconds",
        "From the head of a request to the end of its answer",
        c.duration(),
        Labels.of("loop", number));
    f.counter(
        "http_repeated_reads",
        "Reads of one range answered by what was known of one before that differed in it alone",
        c.repeatedReads(),
        Labels.of("loop", number));
    f.gauge(
        "http_data_requests_active",
        "Reads and writes in progress",
        c.active(),
        Labels.of("loop", number));
    f.gauge(
        "http_body_bytes",
        "Bytes of bodies that have come and wait to be written",
        c.bodyBytes(),
        Labels.of("loop", number));
  }

  private static void queue(Families f, LoopMetrics loop, LoopMetrics.QueueOf q) {
    Labels labels =
        Labels.of(
            "controller", q.controller(),
            "queue", Integer.toString(q.queue().id()),
            "loop", Integer.toString(loop.loop()));
    QueueCounters c = q.queue().pair().counters();
    for (Series<QueueCounter> series : QUEUE_SERIES) {
      f.counter(series.name(), series.help(), c.get(series.counter()), labels);
    }
    f.gauge(
        "nvme_inflight_commands",
        "Commands posted and not completed",
        q.queue().pair().inflight(),
        labels);
    f.gauge(
        "nvme_waiting_commands", "Commands waiting for a slot", q.queue().pair().waiting(), labels);
    f.gauge(
        "nvme_queue_entries",
        "Entries of a queue; one less may be outstanding",
        q.queue().pair().entries(),
        labels);
    f.gauge("dma_arena_bytes", "Memory of a queue's arena", q.queue().arena().size(), labels);
    f.gauge(
        "dma_arena_used_bytes",
        "Memory of a queue's arena in use",
        q.queue().arena().bytesInUse(),
        labels);
  }

  private static void device(Families f, LoopMetrics loop, BlockDevice device) {
    BlockCounters c = device.counters();
    if (device.zones() != null) {
      ZoneSeries.done(f, loop.loop(), device);
    }
    Labels own =
        Labels.of(
            "controller", device.namespace().controller().name(),
            "namespace", device.namespace().name(),
            "loop", Integer.toString(loop.loop()));
    f.gauge("block_inflight_requests", "Operations that have not ended", device.active(), own);
    f.gauge(
        "block_waiting_requests",
        "Operations that wait: for a stopped namespace, a drain or a rate",
        device.waiting(),
        own);
    f.gauge(
        "block_idle_seconds",
        "Since the last operation ended; 0 with any in flight",
        device.active() > 0 ? 0 : Math.max(0, (System.nanoTime() - c.lastEnd()) / 1e9),
        own);
    for (BlockKind kind : BlockKind.values()) {
      if (kind.ofZones() && device.zones() == null) {
        continue;
      }
      Labels labels =
          Labels.of(
              "controller", device.namespace().controller().name(),
              "namespace", device.namespace().name(),
              "queue", Integer.toString(device.queueId()),
              "loop", Integer.toString(loop.loop()),
              "operation", kind.label());
      for (Series<BlockCounters.Counter> series : BLOCK_SERIES) {
        f.counter(series.name(), series.help(), c.get(kind, series.counter()), labels);
      }
      f.histogram(
          "block_latency_seconds",
          "From submission to completion of operations that succeeded",
          c.latency(kind),
          labels);
    }
  }
}
