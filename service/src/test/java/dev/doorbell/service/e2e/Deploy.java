package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files that operators use: the directory {@code deploy}. */
final class Deploy {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  static final Path DIRECTORY = ROOT.resolve("deploy");

  private Deploy() {}

  /** A file of the directory, which must be there. */
  static Path file(String name) {
    Path file = DIRECTORY.resolve(name);
    assertTrue(Files.exists(file), () -> file + " is missing");
    return file;
  }

  static String text(String name) {
    try {
      return Files.readString(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Map<String, Object> yaml(String name) {
    return new Yaml(new SafeConstructor(new LoaderOptions())).load(text(name));
  }

  /** The first group of Prometheus' targets. */
  static Map<String, Object> targets() {
    List<Object> groups =
        new Yaml(new SafeConstructor(new LoaderOptions()))
            .load(text("prometheus/targets/doorbell.yml"));
    return map(groups.get(0));
  }

  static JsonObject json(String name) {
    return new JsonObject(text(name));
  }

  /** The rules of a Prometheus rule file, of all groups. */
  static Stream<Map<String, Object>> rules(String name) {
    return list(yaml(name).get("groups")).stream()
        .flatMap(group -> list(map(group).get("rules")).stream())
        .map(Deploy::map);
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object value) {
    return (List<Object>) value;
  }
}
