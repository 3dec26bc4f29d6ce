package dev.doorbell.service.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Turns a YAML document into a layer: nested keys become paths, wrong ones become mistakes. */
final class YamlLayer {
  private final String file;
  private final Path base;
  private final Mistakes mistakes;
  private final Layer layer = new Layer();

  /** Line of the first appearance of each key path, sections included. */
  private final Map<String, Integer> seen = new HashMap<>();

  private YamlLayer(String file, Path base, Mistakes mistakes) {
    this.file = file;
    this.base = base;
    this.mistakes = mistakes;
  }

  /**
   * Reads the text of a file.
   *
   * @param file name for messages
   * @param base directory of the file, for relative paths in it
   */
  static Layer read(String text, String file, Path base, Mistakes mistakes) {
    YamlLayer reader = new YamlLayer(file, base, mistakes);
    try {
      Optional<YamlNode> root = YamlReader.read(text);
      if (root.isPresent()) {
        reader.root(root.get());
      }
    } catch (YamlSyntaxException e) {
      Origin origin = e.line() == 0 ? new Origin(file) : Origin.line(file, e.line());
      mistakes.add("YAML", null, origin, e.getMessage());
      return Layer.unread();
    }
    return reader.layer;
  }

  private void root(YamlNode root) {
    if (root instanceof YamlNode.Mapping mapping) {
      section("", mapping);
    } else if (!(root instanceof YamlNode.Scalar scalar && scalar.empty())) {
      mistakes.add(
          "YAML", null, at(root.line()), "must be a map of " + allowed("") + " at the top");
    }
  }

  private void section(String section, YamlNode.Mapping mapping) {
    for (YamlNode.Entry entry : mapping.entries()) {
      String key = section.isEmpty() ? entry.key() : section + "." + entry.key();
      Integer first = seen.putIfAbsent(key, entry.line());
      if (first != null) {
        mistakes.add(
            key, text(entry.value()), at(entry.line()), "given twice, first in line " + first);
      } else {
        entry(section, key, entry);
      }
    }
  }

  private void entry(String section, String key, YamlNode.Entry entry) {
    if (key.equals(Settings.DRIVES)) {
      new YamlDrives(file, base, mistakes).read(entry).ifPresent(layer::drives);
    } else if (Settings.isKey(key)) {
      value(key, entry);
    } else if (Settings.isSection(key)) {
      subsection(key, entry);
    } else {
      String hint = Nearest.hint(key, Settings.keys(), Settings.childrenOf(section));
      mistakes.add(key, text(entry.value()), at(entry.line()), "unknown key" + hint);
    }
  }

  private void subsection(String key, YamlNode.Entry entry) {
    if (entry.value() instanceof YamlNode.Mapping nested) {
      section(key, nested);
    } else if (!(entry.value() instanceof YamlNode.Scalar scalar && scalar.empty())) {
      // A section with all its keys commented out is empty, and that is fine.
      mistakes.add(
          key, text(entry.value()), at(entry.line()), "must be a section with " + allowed(key));
    }
  }

  private void value(String key, YamlNode.Entry entry) {
    if (!(entry.value() instanceof YamlNode.Scalar scalar)) {
      mistakes.add(key, null, at(entry.line()), "must be a single value, not a list or a section");
    } else if (scalar.empty()) {
      mistakes.add(key, null, at(entry.line()), "has no value; leave the key out for the default");
    } else {
      // Never there already: a path spelt once nested and once with dots is one path in seen.
      layer.put(key, new Raw(scalar.text(), at(entry.line()), base));
    }
  }

  private Origin at(int line) {
    return Origin.line(file, line);
  }

  private static String allowed(String section) {
    return String.join(", ", Settings.childrenOf(section));
  }

  /** The value for a message, null for a list or a map. */
  static String text(YamlNode node) {
    return node instanceof YamlNode.Scalar scalar ? scalar.text() : null;
  }
}
