package dev.doorbell.service.drive;

import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerListener;
import dev.doorbell.nvme.controller.Health;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.service.events.EventLog;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a drive reports by itself: namespaces that come, go or change are served as they are at
 * once; health warnings and errors are logged and counted. The counts are for any thread.
 */
public final class DriveEvents implements ControllerListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DriveEvents.class);
  private static final long PERIOD_MILLIS = 500;
  private static final long HEALTH_PERIOD_MILLIS = 30_000;

  private final NvmeDrive nvme;
  private final DriveNamespaces namespaces;
  private final EventLog log;
  private final DriveWatch watch;
  private final LongAdder healthWarnings = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final LongAdder namespaceChanges = new LongAdder();
  private volatile int criticalWarning;
  private volatile Health health;
  private ScheduledExecutorService thread;

  /**
   * @param log told of everything
   */
  DriveEvents(NvmeDrive nvme, DriveNamespaces namespaces, EventLog log) {
    this.nvme = nvme;
    this.namespaces = namespaces;
    this.log = log;
    this.watch = new DriveWatch(nvme, namespaces.served(), log);
    nvme.listen(this);
  }

  /** Starts to look for events, on a thread of its own; a look costs one load. */
  synchronized void start() {
    thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread t = new Thread(task, nvme.info().name() + "-events");
              t.setDaemon(true);
              return t;
            });
    thread.scheduleWithFixedDelay(this::poll, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    thread.scheduleWithFixedDelay(
        this::lookAtHealth, 0, HEALTH_PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Deals with the events that have come. */
  void poll() {
    try {
      nvme.pollEvents();
      watch.look();
    } catch (RuntimeException e) {
      LOG.error("drive {}: looking for events failed", nvme.info().name(), e);
    }
  }

  /** Reads the health log: drives report when it turns bad, not how it gets there. */
  void lookAtHealth() {
    try {
      Health latest = nvme.logs().health();
      health = latest;
      criticalWarning = latest.criticalWarning();
    } catch (RuntimeException e) {
      LOG.debug("drive {}: the health log could not be read", nvme.info().name(), e);
    }
  }

  /** The health log, at most half a minute old, or the last that could be read; or null. */
  public Health health() {
    return health;
  }

  /** Health events so far. */
  public long healthWarnings() {
    return healthWarnings.sum();
  }

  /** Errors that the controller reported and that no command had. */
  public long errors() {
    return errors.sum();
  }

  /** Namespaces that came, went or changed. */
  public long namespaceChanges() {
    return namespaceChanges.sum();
  }

  /** Critical warnings as of the last look or health event, see {@link Health#criticalWarning}. */
  public int criticalWarning() {
    return criticalWarning;
  }

  @Override
  public void attached(NamespaceInfo namespace) {
    namespaceChanges.increment();
    tell("attached", namespace);
    namespaces.attach(namespace);
  }

  @Override
  public void detached(NamespaceInfo namespace) {
    namespaceChanges.increment();
    tell("detached", namespace);
    namespaces.detach(namespace);
  }

  @Override
  public void changed(NamespaceInfo before, NamespaceInfo after) {
    namespaceChanges.increment();
    if (namespaces.serves(after.id())) {
      log.happened(
          "resized",
          "namespace",
          nameOf(after),
          "capacity_bytes",
          after.bytes(),
          "capacity_bytes_before",
          before.bytes());
    }
    namespaces.change(before, after);
  }

  @Override
  public void healthWarning(Health health) {
    criticalWarning = health.criticalWarning();
    healthWarnings.increment();
    log.happened(
        "health",
        "controller",
        nvme.info().name(),
        "critical_warning",
        health.criticalWarning(),
        "warnings",
        health.warnings());
  }

  @Override
  public void zonesChanged(NamespaceInfo namespace, List<Integer> zones) {
    log.happened("zones-changed", "namespace", nameOf(namespace), "zones", zones);
  }

  @Override
  public void error(int information) {
    errors.increment();
    log.happened("error", "controller", nvme.info().name(), "information", information);
  }

  private void tell(String type, NamespaceInfo namespace) {
    log.happened(type, "namespace", nameOf(namespace), "capacity_bytes", namespace.bytes());
  }

  private String nameOf(NamespaceInfo namespace) {
    return nvme.info().name() + "n" + Integer.toUnsignedString(namespace.id());
  }

  /** Stops looking; returns when nobody does any more. */
  @Override
  public synchronized void close() {
    if (thread == null) {
      return;
    }
    thread.shutdown();
    try {
      thread.awaitTermination(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread = null;
  }
}
