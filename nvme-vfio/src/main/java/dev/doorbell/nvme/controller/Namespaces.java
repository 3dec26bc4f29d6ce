package dev.doorbell.nvme.controller;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A controller's active namespaces.
 *
 * @param name of the controller, for messages
 * @param usable those the driver can serve, in order of their NSID
 * @param refused why it cannot serve the others, by NSID
 */
record Namespaces(String name, List<NamespaceInfo> usable, Map<Integer, String> refused) {
  Namespaces {
    usable = List.copyOf(usable);
    refused = Map.copyOf(refused);
  }

  /**
   * The namespace with this identifier.
   *
   * @param nsid 1 to FFFFFFFEh
   * @throws NvmeException if there is none, then it lists those there are; or if the driver cannot
   *     serve it
   */
  NamespaceInfo get(long nsid) {
    for (NamespaceInfo info : usable) {
      if (Integer.toUnsignedLong(info.id()) == nsid) {
        return info;
      }
    }
    String reason = nsid >>> 32 == 0 ? refused.get((int) nsid) : null;
    throw new NvmeException(reason != null ? reason : name + ": " + absent(nsid));
  }

  /** Tells the differences to {@code now}. */
  void tellChanges(Namespaces now, List<ControllerListener> listeners) {
    for (NamespaceInfo before : usable) {
      NamespaceInfo after = now.find(before.id());
      for (ControllerListener listener : listeners) {
        if (after == null) {
          listener.detached(before);
        } else if (!after.equals(before)) {
          listener.changed(before, after);
        }
      }
    }
    for (NamespaceInfo after : now.usable) {
      if (find(after.id()) == null) {
        listeners.forEach(l -> l.attached(after));
      }
    }
  }

  /** The namespace with this identifier, or null. */
  NamespaceInfo find(int id) {
    for (NamespaceInfo info : usable) {
      if (info.id() == id) {
        return info;
      }
    }
    return null;
  }

  private String absent(long nsid) {
    String there =
        Stream.concat(usable.stream().map(NamespaceInfo::id), refused.keySet().stream())
            .sorted(Integer::compareUnsigned)
            .map(Integer::toUnsignedString)
            .collect(Collectors.joining(", "));
    return there.isEmpty()
        ? "there is no namespace " + nsid + ", nor any other; create and attach one (nvme-cli)"
        : "there is no namespace " + nsid + "; there are: " + there;
  }

  /** Collects namespaces as they are read. */
  static final class Builder {
    private final List<NamespaceInfo> usable = new ArrayList<>();
    private final Map<Integer, String> refused = new TreeMap<>();

    void add(NamespaceInfo info) {
      usable.add(info);
    }

    void refuse(int nsid, String reason) {
      refused.put(nsid, reason);
    }

    Namespaces build(String name) {
      return new Namespaces(name, usable, refused);
    }
  }
}
