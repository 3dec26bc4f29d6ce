package dev.doorbell.nvme.controller;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How to take back the memory that a controller reaches for its queues, also of those whose
 * creation had no answer. Guarded by the lock of the controller.
 */
final class HostMappings {
  private static final Logger LOG = LoggerFactory.getLogger(HostMappings.class);

  private final String name;
  private final List<Runnable> releases = new ArrayList<>();

  HostMappings(String name) {
    this.name = name;
  }

  void add(Runnable release) {
    releases.add(release);
  }

  /** For {@link #releaseFrom}. */
  int mark() {
    return releases.size();
  }

  /** Takes back what came after a mark, the latest first. */
  void releaseFrom(int mark) {
    for (int i = releases.size() - 1; i >= mark; i--) {
      quietly(name, "unmap", releases.remove(i));
    }
  }

  /** A release goes on, whatever one of its steps meets. */
  static void quietly(String name, String what, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("{}: {} failed", name, what, e);
    }
  }
}
