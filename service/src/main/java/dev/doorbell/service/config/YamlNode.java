package dev.doorbell.service.config;

import java.util.List;

/** A YAML document with line numbers, counted from 1, and without types: a scalar is its text. */
sealed interface YamlNode {
  int line();

  /**
   * A single value.
   *
   * @param plain whether it was written without quotes
   */
  record Scalar(String text, boolean plain, int line) implements YamlNode {
    /** A key followed by nothing. */
    boolean empty() {
      return plain && (text.isEmpty() || text.equals("~") || text.equals("null"));
    }
  }

  /** A list. */
  record Sequence(List<YamlNode> items, int line) implements YamlNode {}

  /** A map; keys may repeat, the reader of the map says so. */
  record Mapping(List<Entry> entries, int line) implements YamlNode {}

  /** A key and its value; the line is the key's. */
  record Entry(String key, YamlNode value, int line) {}
}
