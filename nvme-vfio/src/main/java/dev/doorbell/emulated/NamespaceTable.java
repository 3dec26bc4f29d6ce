package dev.doorbell.emulated;

import java.util.Arrays;

/**
 * The namespaces of a controller, by NSID from 1, with gaps where one has been detached. Changed
 * under its monitor; read by every command without a lock.
 */
final class NamespaceTable {
  private volatile Namespace[] namespaces;

  NamespaceTable(Namespace[] namespaces) {
    this.namespaces = namespaces;
  }

  /** By NSID − 1; an element is null where there is no active namespace. Not to be changed. */
  Namespace[] all() {
    return namespaces;
  }

  /** The active namespace {@code nsid}, or null. */
  Namespace get(int nsid) {
    Namespace[] all = namespaces;
    return nsid > 0 && nsid <= all.length ? all[nsid - 1] : null;
  }

  /** The highest NSID there has ever been. */
  int limit() {
    return namespaces.length;
  }

  /** Sets or, with null, takes out a namespace; returns what was there. */
  synchronized Namespace put(int nsid, Namespace namespace) {
    Namespace[] copy = Arrays.copyOf(namespaces, Math.max(namespaces.length, nsid));
    Namespace old = copy[nsid - 1];
    copy[nsid - 1] = namespace;
    namespaces = copy;
    return old;
  }
}
