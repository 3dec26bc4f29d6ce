package dev.doorbell.service.drive;

import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerListener;
import dev.doorbell.nvme.controller.Health;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.events.EventLog;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a drive reports by itself: a namespace that has grown or shrunk is served with its new
 * capacity at once; health warnings and errors are logged and counted. The counts are for any
 * thread.
 */
public final class DriveEvents implements ControllerListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DriveEvents.class);
  private static final long PERIOD_MILLIS = 500;
  private static final long HEALTH_PERIOD_MILLIS = 30_000;

  private final NvmeDrive nvme;
  private final List<BlockNamespace> namespaces;
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
  DriveEvents(NvmeDrive nvme, List<BlockNamespace> namespaces, EventLog log) {
    this.nvme = nvme;
    this.namespaces = namespaces;
    this.log = log;
    this.watch = new DriveWatch(nvme, namespaces, log);
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
    BlockNamespace served = find(namespace);
    if (served != null && served.update(namespace)) {
      LOG.info("{}: the namespace is back, {} bytes", served.name(), namespace.bytes());
    } else {
      LOG.info(
          "drive {}: namespace {} of {} bytes was attached; it is served after a restart",
          nvme.info().name(),
          Integer.toUnsignedString(namespace.id()),
          namespace.bytes());
    }
  }

  @Override
  public void detached(NamespaceInfo namespace) {
    namespaceChanges.increment();
    tell("detached", namespace);
    LOG.warn(
        "drive {}: namespace {} was detached; requests to it fail until it is attached again",
        nvme.info().name(),
        Integer.toUnsignedString(namespace.id()));
    BlockNamespace served = find(namespace);
    if (served != null) {
      served.lose();
    }
  }

  @Override
  public void changed(NamespaceInfo before, NamespaceInfo after) {
    namespaceChanges.increment();
    BlockNamespace served = find(after);
    if (served == null) {
      return;
    }
    log.happened(
        "resized",
        "namespace",
        served.name(),
        "capacity_bytes",
        after.bytes(),
        "capacity_bytes_before",
        before.bytes());
    if (served.update(after)) {
      LOG.info("{}: has {} bytes now, had {}", served.name(), after.bytes(), before.bytes());
    } else {
      LOG.error(
          "{}: its block size is {} bytes now, not {}: restart the service; until then it takes"
              + " nothing",
          served.name(),
          after.blockSize(),
          before.blockSize());
    }
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

  private BlockNamespace find(NamespaceInfo info) {
    for (BlockNamespace namespace : namespaces) {
      if (namespace.id() == info.id()) {
        return namespace;
      }
    }
    return null;
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
