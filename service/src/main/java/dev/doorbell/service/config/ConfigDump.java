package dev.doorbell.service.config;

import java.util.List;
import java.util.Map;

/** Writes a configuration as a YAML file that gives it again, each value with its origin. */
public final class ConfigDump {
  /** Column of the comments; longer values push theirs out. */
  private static final int COMMENT_COLUMN = 40;

  private final LoadedConfig loaded;
  private final StringBuilder yaml = new StringBuilder();

  private ConfigDump(LoadedConfig loaded) {
    this.loaded = loaded;
  }

  /** The configuration as YAML, ending with a line break. */
  public static String yaml(LoadedConfig loaded) {
    return new ConfigDump(loaded).dump();
  }

  private String dump() {
    line("# Effective configuration, with the origin of each value.", null);
    String section = "";
    for (Map.Entry<String, LoadedConfig.Value> entry : loaded.values().entrySet()) {
      section = section(section, entry.getKey());
      setting(entry.getKey(), entry.getValue());
    }
    line("drives:", null);
    for (ResolvedDrive drive : loaded.drives()) {
      drive(drive);
    }
    return yaml.toString();
  }

  /** Opens the sections of a key that are not those of the key before. */
  private String section(String open, String key) {
    int dot = key.lastIndexOf('.');
    String section = dot < 0 ? "" : key.substring(0, dot);
    int start = 0;
    while (start < section.length()) {
      int next = section.indexOf('.', start);
      int end = next < 0 ? section.length() : next;
      String prefix = section.substring(0, end);
      if (!(open.equals(prefix) || open.startsWith(prefix + "."))) {
        line(indent(prefix) + section.substring(start, end) + ":", null);
      }
      start = end + 1;
    }
    return section;
  }

  private void setting(String key, LoadedConfig.Value value) {
    String name = key.substring(key.lastIndexOf('.') + 1);
    // A key without value is shown as a comment: it exists, and the file still reads back.
    String line =
        value.yaml() == null
            ? indent(key) + "# " + name + ": " + Settings.placeholder(key)
            : indent(key) + name + ": " + value.yaml();
    line(line, value.yaml() == null ? new Origin("not set") : value.origin());
  }

  private static String indent(String key) {
    int depth = 0;
    for (int i = 0; i < key.length(); i++) {
      depth += key.charAt(i) == '.' ? 1 : 0;
    }
    return "  ".repeat(depth);
  }

  private void drive(ResolvedDrive resolved) {
    Drive drive = resolved.drive();
    line("  - name: " + ValueType.quoted(drive.name()), resolved.nameOrigin());
    if (drive instanceof VfioDrive vfio) {
      String uri = "nvme://" + vfio.pciAddress() + "/" + vfio.nsid();
      line("    uri: " + ValueType.quoted(uri), resolved.origin());
    } else if (drive instanceof EmulatedDrive emulated) {
      line("    namespaces:", null);
      List<NamespaceConfig> namespaces = emulated.namespaces();
      for (int i = 0; i < namespaces.size(); i++) {
        namespace(namespaces.get(i), resolved.fields().get(i));
      }
    }
  }

  private void namespace(NamespaceConfig namespace, Map<String, Origin> origins) {
    String first = "      - ";
    String next = "        ";
    String size = Numbers.formatSize(namespace.size());
    if (namespace.backing() instanceof Backing.Image image) {
      String path = ValueType.quoted(image.path().toString());
      field(first, NamespaceFields.IMAGE, path, origins);
    } else if (namespace.backing() instanceof Backing.Memory) {
      field(first, NamespaceFields.MEMORY, "true", origins);
    } else {
      field(first, NamespaceFields.NULL_DEVICE, "true", origins);
    }
    if (origins.containsKey(NamespaceFields.SIZE)) {
      field(next, NamespaceFields.SIZE, size, origins);
    } else {
      line(next + NamespaceFields.SIZE + ": " + size, new Origin("length of the image"));
    }
    field(next, NamespaceFields.LBA_SIZE, Integer.toString(namespace.lbaSize()), origins);
    field(next, NamespaceFields.READ_ONLY, Boolean.toString(namespace.readOnly()), origins);
    if (namespace.zones() != null) {
      zones(next, namespace.zones(), origins);
    }
  }

  private void zones(String lead, ZoneConfig zones, Map<String, Origin> origins) {
    field(lead, NamespaceFields.ZONE_SIZE, Numbers.formatSize(zones.zoneSize()), origins);
    field(lead, NamespaceFields.ZONE_CAPACITY, Numbers.formatSize(zones.zoneCapacity()), origins);
    field(lead, NamespaceFields.MAX_OPEN, Integer.toString(zones.maxOpen()), origins);
    field(lead, NamespaceFields.MAX_ACTIVE, Integer.toString(zones.maxActive()), origins);
    field(lead, NamespaceFields.ZONE_APPEND_MAX, Numbers.formatSize(zones.appendMax()), origins);
    field(lead, NamespaceFields.EXTENSION_SIZE, Numbers.formatSize(zones.extensionSize()), origins);
    field(lead, NamespaceFields.OFFLINE_ZONES, Integer.toString(zones.offlineZones()), origins);
    field(lead, NamespaceFields.READ_ONLY_ZONES, Integer.toString(zones.readOnlyZones()), origins);
    String crossing = Boolean.toString(zones.crossZoneReads());
    field(lead, NamespaceFields.CROSS_ZONE_READS, crossing, origins);
  }

  private void field(String lead, String name, String value, Map<String, Origin> origins) {
    line(lead + name + ": " + value, origins.getOrDefault(name, Origin.DEFAULT));
  }

  private void line(String text, Origin origin) {
    yaml.append(text);
    if (origin != null) {
      yaml.append(" ".repeat(Math.max(1, COMMENT_COLUMN - text.length())));
      yaml.append("# ").append(origin);
    }
    yaml.append('\n');
  }
}
