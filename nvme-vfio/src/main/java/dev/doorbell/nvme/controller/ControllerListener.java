package dev.doorbell.nvme.controller;

import java.util.List;

/**
 * Told of what a controller reports by itself, and of what has changed while it was reset. Called
 * by the thread that polls for events or by the one that supervises, never by an event loop; must
 * not block for long, nor wait for the controller.
 */
public interface ControllerListener {
  /** A namespace came. */
  default void attached(NamespaceInfo namespace) {}

  /** A namespace went, or can no longer be served. */
  default void detached(NamespaceInfo namespace) {}

  /** A namespace is not what it was: its capacity, block size or protection. */
  default void changed(NamespaceInfo before, NamespaceInfo after) {}

  /** A critical warning has set in, see {@link Health#criticalWarning}. */
  default void healthWarning(Health health) {}

  /**
   * Zones have changed by themselves: they have worn out, or the controller has finished them.
   *
   * @param zones their numbers; empty if there are too many to list
   */
  default void zonesChanged(NamespaceInfo namespace, List<Integer> zones) {}

  /** The controller reports an error that no command had. */
  default void error(int information) {}
}
