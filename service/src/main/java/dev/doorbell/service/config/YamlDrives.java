package dev.doorbell.service.config;

import dev.doorbell.service.config.RawDrive.RawNamespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the {@code drives} list of the YAML file: URIs, or maps with namespaces. */
final class YamlDrives {
  private static final List<String> DRIVE_KEYS = List.of("name", "uri", "namespaces");
  private static final List<String> NAMESPACE_KEYS = namespaceKeys();

  private final String file;
  private final Path base;
  private final Mistakes mistakes;

  YamlDrives(String file, Path base, Mistakes mistakes) {
    this.file = file;
    this.base = base;
    this.mistakes = mistakes;
  }

  private static List<String> namespaceKeys() {
    List<String> keys = new ArrayList<>(List.of("uri"));
    keys.addAll(NamespaceFields.ALL);
    return List.copyOf(keys);
  }

  /** The drives in order; empty if the key is followed by nothing. */
  Optional<List<RawDrive>> read(YamlNode.Entry entry) {
    if (entry.value() instanceof YamlNode.Scalar scalar && scalar.empty()) {
      return Optional.empty();
    }
    if (!(entry.value() instanceof YamlNode.Sequence sequence)) {
      String problem = "must be a list of drive URIs or of maps with " + names(DRIVE_KEYS);
      mistakes.add(Settings.DRIVES, YamlLayer.text(entry.value()), at(entry.line()), problem);
      return Optional.of(List.of(new RawDrive(null, null, List.of(), at(entry.line()), true)));
    }
    List<RawDrive> drives = new ArrayList<>();
    for (YamlNode item : sequence.items()) {
      drives.add(drive(Settings.DRIVES + "[" + drives.size() + "]", item));
    }
    return Optional.of(drives);
  }

  private RawDrive drive(String key, YamlNode item) {
    if (item instanceof YamlNode.Scalar uri) {
      return RawDrive.ofUri(raw(uri.text(), uri.line()));
    }
    int mistakesBefore = mistakes.count();
    Map<String, YamlNode.Entry> entries = entries(key, item, DRIVE_KEYS);
    Raw name = scalar(key, entries.get("name"));
    Raw uri = scalar(key, entries.get("uri"));
    List<RawNamespace> namespaces = namespaces(key, entries.get("namespaces"));
    boolean broken = mistakes.count() > mistakesBefore;
    return new RawDrive(name, uri, namespaces, at(item.line()), broken);
  }

  private List<RawNamespace> namespaces(String driveKey, YamlNode.Entry entry) {
    List<RawNamespace> namespaces = new ArrayList<>();
    if (entry == null) {
      return namespaces;
    }
    String list = driveKey + ".namespaces";
    if (!(entry.value() instanceof YamlNode.Sequence sequence)) {
      String problem = "must be a list of maps with " + names(NAMESPACE_KEYS);
      mistakes.add(list, YamlLayer.text(entry.value()), at(entry.line()), problem);
      return namespaces;
    }
    for (YamlNode item : sequence.items()) {
      namespaces.add(namespace(list + "[" + namespaces.size() + "]", item));
    }
    return namespaces;
  }

  private RawNamespace namespace(String key, YamlNode item) {
    if (item instanceof YamlNode.Scalar uri) {
      return RawNamespace.ofUri(raw(uri.text(), uri.line()));
    }
    Map<String, YamlNode.Entry> entries = entries(key, item, NAMESPACE_KEYS);
    Raw uri = scalar(key, entries.remove("uri"));
    Map<String, Raw> fields = new LinkedHashMap<>();
    for (YamlNode.Entry entry : entries.values()) {
      Raw value = scalar(key, entry);
      if (value != null) {
        fields.put(entry.key(), value);
      }
    }
    return new RawNamespace(uri, fields, at(item.line()));
  }

  /** The entries of a map by key, without unknown and repeated ones, which are mistakes. */
  private Map<String, YamlNode.Entry> entries(String key, YamlNode item, List<String> allowed) {
    Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
    if (!(item instanceof YamlNode.Mapping mapping)) {
      mistakes.add(key, null, at(item.line()), "must be a URI or a map with " + names(allowed));
      return entries;
    }
    for (YamlNode.Entry entry : mapping.entries()) {
      String path = key + "." + entry.key();
      String text = YamlLayer.text(entry.value());
      if (!allowed.contains(entry.key())) {
        String hint = Nearest.hint(entry.key(), allowed, allowed);
        mistakes.add(path, text, at(entry.line()), "unknown key" + hint);
      } else if (entries.containsKey(entry.key())) {
        int first = entries.get(entry.key()).line();
        mistakes.add(path, text, at(entry.line()), "given twice, first in line " + first);
      } else {
        entries.put(entry.key(), entry);
      }
    }
    return entries;
  }

  /** The value of an entry; null if there is none or it is not a single one. */
  private Raw scalar(String key, YamlNode.Entry entry) {
    if (entry == null) {
      return null;
    }
    if (entry.value() instanceof YamlNode.Scalar scalar && !scalar.empty()) {
      return raw(scalar.text(), entry.line());
    }
    mistakes.add(key + "." + entry.key(), null, at(entry.line()), "must have a single value");
    return null;
  }

  private Raw raw(String text, int line) {
    return new Raw(text, at(line), base);
  }

  private Origin at(int line) {
    return Origin.line(file, line);
  }

  private static String names(List<String> names) {
    return String.join(", ", names);
  }
}
