package dev.doorbell.nvme.controller;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The namespaces as they were read last, and those who are told when they change, or when the
 * controller reports something else by itself.
 */
final class NamespaceReports implements ControllerEvents.Handler {
  private static final Logger LOG = LoggerFactory.getLogger(NamespaceReports.class);

  private final String name;
  private final NamespaceReader reader;
  private final int limit;
  private final ControllerLogs logs;
  private final List<ControllerListener> listeners = new CopyOnWriteArrayList<>();
  private volatile Namespaces namespaces;

  /**
   * Reads the namespaces.
   *
   * @param limit the controller's NN
   * @throws NvmeException if the controller gives no answer
   */
  NamespaceReports(String name, NamespaceReader reader, int limit, ControllerLogs logs) {
    this.name = name;
    this.reader = reader;
    this.limit = limit;
    this.logs = logs;
    this.namespaces = reader.readAll(limit);
  }

  Namespaces namespaces() {
    return namespaces;
  }

  void listen(ControllerListener listener) {
    listeners.add(listener);
  }

  /**
   * Reads the namespaces anew and tells of the differences. One at a time, so that what was read
   * later is what is kept: events and resets come on threads of their own.
   *
   * @return identifiers of those whose blocks are no longer what they were: a command made for them
   *     as they were means something else now
   * @throws NvmeException if the controller gives no answer
   */
  synchronized Set<Integer> refresh() {
    Namespaces before = namespaces;
    Namespaces now = reader.readAll(limit);
    namespaces = now;
    Set<Integer> otherBlocks = new HashSet<>();
    for (NamespaceInfo old : before.usable()) {
      NamespaceInfo same = now.find(old.id());
      if (same == null || same.blockSize() != old.blockSize()) {
        otherBlocks.add(old.id());
      }
    }
    try {
      before.tellChanges(now, listeners);
    } catch (RuntimeException e) {
      LOG.error("{}: a listener failed at a change of namespaces", name, e);
    }
    return otherBlocks;
  }

  @Override
  public void namespacesChanged() {
    refresh();
  }

  @Override
  public void health(Health health) {
    LOG.warn("{}: critical warning: {}", name, String.join("; ", health.warnings()));
    listeners.forEach(l -> l.healthWarning(health));
  }

  @Override
  public void zonesChanged() {
    for (NamespaceInfo namespace : namespaces.usable()) {
      if (namespace.zoned() != null) {
        List<Integer> zones = logs.takeChangedZones(namespace);
        LOG.warn("{}: zones of namespace {} have changed: {}", name, namespace.id(), zones);
        listeners.forEach(l -> l.zonesChanged(namespace, zones));
      }
    }
  }

  @Override
  public void error(int information) {
    LOG.warn("{}: the controller reports an error (asynchronous event {})", name, information);
    listeners.forEach(l -> l.error(information));
  }
}
