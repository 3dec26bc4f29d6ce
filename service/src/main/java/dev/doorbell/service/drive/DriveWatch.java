package dev.doorbell.service.drive;

import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerCounter;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.NamespaceControl;
import dev.doorbell.service.events.EventLog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells of what drives do not report by themselves: resets, removals, namespaces that were stopped
 * by an error and resumed. Looks at counters, so that nothing is missed between two looks. For one
 * thread.
 */
final class DriveWatch {
  private final NvmeDrive nvme;
  private final List<BlockNamespace> namespaces;
  private final EventLog events;
  private final Map<ControllerCounter, Long> seen = new HashMap<>();
  private final Map<BlockNamespace, Long> stops = new HashMap<>();
  private final Map<BlockNamespace, Boolean> stopped = new HashMap<>();

  DriveWatch(NvmeDrive nvme, List<BlockNamespace> namespaces, EventLog events) {
    this.nvme = nvme;
    this.namespaces = namespaces;
    this.events = events;
  }

  /** Looks once. */
  void look() {
    count(ControllerCounter.RESETS, "reset");
    count(ControllerCounter.RESET_FAILURES, "failed");
    count(ControllerCounter.REMOVALS, "removed");
    namespaces.forEach(this::look);
  }

  private void count(ControllerCounter counter, String type) {
    long now = nvme.faults().get(counter);
    long before = seen.getOrDefault(counter, 0L);
    if (now > before) {
      seen.put(counter, now);
      events.happened(type, "controller", nvme.info().name(), "times", now - before);
    }
  }

  private void look(BlockNamespace namespace) {
    NamespaceControl control = namespace.control();
    // In this order: a stop in between is seen the next time.
    long count = control.stops();
    Optional<NamespaceControl.Stop> stop = control.stopped();
    boolean was = stopped.getOrDefault(namespace, false);
    boolean again = count > stops.getOrDefault(namespace, 0L);
    if (was && (again || stop.isEmpty())) {
      events.happened("resumed", "namespace", namespace.name());
    }
    if (again) {
      stopped(namespace, stop);
      if (stop.isEmpty()) {
        events.happened("resumed", "namespace", namespace.name());
      }
    }
    stops.put(namespace, count);
    stopped.put(namespace, again ? stop.isPresent() : was && stop.isPresent());
  }

  private void stopped(BlockNamespace namespace, Optional<NamespaceControl.Stop> stop) {
    if (stop.isEmpty()) {
      events.happened("stopped", "namespace", namespace.name());
      return;
    }
    events.happened(
        "stopped",
        "namespace",
        namespace.name(),
        "operation",
        stop.get().kind().label(),
        "offset",
        stop.get().offset(),
        "status_name",
        Status.name(stop.get().status()));
  }
}
