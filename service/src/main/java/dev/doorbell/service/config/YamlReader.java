package dev.doorbell.service.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Reads one YAML document from parser events: no types are resolved and no objects made, which
 * keeps YAML's surprises (yes, 0x10, dates, tags) out and start-up short.
 */
final class YamlReader {
  /** The configuration is five deep; a file that nests further is not one. */
  private static final int MAX_DEPTH = 16;

  private final ParserImpl parser;

  private YamlReader(String text) {
    parser = new ParserImpl(new StreamReader(text), new LoaderOptions());
  }

  /** The document; empty if there is nothing but comments. */
  static Optional<YamlNode> read(String text) throws YamlSyntaxException {
    try {
      return new YamlReader(text).document();
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw new YamlSyntaxException(line, "not YAML: " + e.getProblem());
    } catch (YAMLException e) {
      throw new YamlSyntaxException(0, "not YAML: " + e.getMessage());
    }
  }

  private Optional<YamlNode> document() throws YamlSyntaxException {
    parser.getEvent(); // stream start
    if (parser.checkEvent(Event.ID.StreamEnd)) {
      return Optional.empty();
    }
    parser.getEvent(); // document start
    YamlNode root = node(0);
    parser.getEvent(); // document end
    if (!parser.checkEvent(Event.ID.StreamEnd)) {
      throw new YamlSyntaxException(
          line(parser.peekEvent()), "a second document; the file must hold one");
    }
    return Optional.of(root);
  }

  private YamlNode node(int depth) throws YamlSyntaxException {
    Event event = parser.getEvent();
    int line = line(event);
    if (depth > MAX_DEPTH) {
      throw new YamlSyntaxException(line, "nested too deeply");
    }
    return switch (event.getEventId()) {
      case Scalar -> scalar((ScalarEvent) event);
      case SequenceStart -> new YamlNode.Sequence(items(depth), line);
      case MappingStart -> new YamlNode.Mapping(entries(depth), line);
      default ->
          throw new YamlSyntaxException(line, "anchors and aliases are not supported; repeat it");
    };
  }

  private List<YamlNode> items(int depth) throws YamlSyntaxException {
    List<YamlNode> items = new ArrayList<>();
    while (!parser.checkEvent(Event.ID.SequenceEnd)) {
      items.add(node(depth + 1));
    }
    parser.getEvent();
    return items;
  }

  private List<YamlNode.Entry> entries(int depth) throws YamlSyntaxException {
    List<YamlNode.Entry> entries = new ArrayList<>();
    while (!parser.checkEvent(Event.ID.MappingEnd)) {
      if (!(node(depth + 1) instanceof YamlNode.Scalar key)) {
        throw new YamlSyntaxException(line(parser.peekEvent()), "a key must be a plain name");
      }
      entries.add(new YamlNode.Entry(key.text(), node(depth + 1), key.line()));
    }
    parser.getEvent();
    return entries;
  }

  private static YamlNode scalar(ScalarEvent event) {
    return new YamlNode.Scalar(event.getValue(), event.isPlain(), line(event));
  }

  private static int line(Event event) {
    return event.getStartMark().getLine() + 1;
  }
}
