package dev.doorbell.service.config;

import java.util.List;

/**
 * A controller emulated in the process.
 *
 * @param namespaces at least one; namespace identifiers count from 1 in this order
 */
public record EmulatedDrive(String name, List<NamespaceConfig> namespaces) implements Drive {
  public EmulatedDrive {
    namespaces = List.copyOf(namespaces);
  }
}
