package dev.doorbell.service.contract;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * A step of the build: makes of the contract what the service needs of it at run time, as JSON.
 *
 * <p>The document is a quarter of a megabyte of YAML, most of it what answers look like. Requests
 * need paths, parameters and bodies only: a tenth of it, which is read in a fraction of the time.
 */
public final class Trim {
  private static final String REFERENCE = "$ref";
  private static final Set<String> METHODS =
      Set.of("get", "head", "put", "post", "delete", "options");
  private static final Set<String> OF_AN_OPERATION =
      Set.of("operationId", "parameters", "requestBody");

  /** What nobody checks. */
  private static final Set<String> PROSE =
      Set.of("description", "summary", "title", "example", "examples");

  private final Map<?, ?> document;
  private final Map<String, Map<String, Object>> components = new TreeMap<>();
  private final Deque<String> wanted = new ArrayDeque<>();

  private Trim(Map<?, ?> document) {
    this.document = document;
  }

  /**
   * @param arguments the contract, and where to put what is made of it
   */
  public static void main(String[] arguments) throws IOException {
    Map<?, ?> document;
    try (InputStream in = Files.newInputStream(Path.of(arguments[0]))) {
      document = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
    }
    Files.writeString(Path.of(arguments[1]), new JsonObject(new Trim(document).trim()).encode());
  }

  private Map<String, Object> trim() {
    Map<String, Object> paths = new LinkedHashMap<>();
    ((Map<?, ?>) document.get("paths"))
        .forEach(
            (path, item) -> {
              if (!HandRouted.PATHS.contains(path)) {
                paths.put((String) path, path((Map<?, ?>) item));
              }
            });
    while (!wanted.isEmpty()) {
      component(wanted.pop());
    }
    Map<String, Object> trimmed = new LinkedHashMap<>();
    trimmed.put("openapi", document.get("openapi"));
    Map<?, ?> info = (Map<?, ?>) document.get("info");
    // In order: the same document gives the same bytes.
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("title", info.get("title"));
    about.put("version", info.get("version"));
    trimmed.put("info", about);
    trimmed.put("paths", paths);
    trimmed.put("components", components);
    return trimmed;
  }

  private Map<String, Object> path(Map<?, ?> item) {
    Map<String, Object> trimmed = new LinkedHashMap<>();
    item.forEach(
        (key, value) -> {
          if (METHODS.contains(key)) {
            trimmed.put((String) key, operation((Map<?, ?>) value));
          } else if (key.equals("parameters")) {
            trimmed.put((String) key, copy(value));
          }
        });
    return trimmed;
  }

  private Map<String, Object> operation(Map<?, ?> operation) {
    Map<String, Object> trimmed = new LinkedHashMap<>();
    operation.forEach(
        (key, value) -> {
          if (OF_AN_OPERATION.contains(key)) {
            trimmed.put((String) key, copy(value));
          }
        });
    // One there must be.
    trimmed.put("responses", Map.of("default", Map.of("description", "")));
    return trimmed;
  }

  /** Copies what a reference names, once. */
  private void component(String reference) {
    String[] steps = reference.split("/");
    if (steps.length != 4 || !reference.startsWith("#/components/")) {
      throw new IllegalArgumentException(reference + " is no reference to a component");
    }
    Map<String, Object> kind = components.computeIfAbsent(steps[2], k -> new TreeMap<>());
    if (!kind.containsKey(steps[3])) {
      Map<?, ?> all = (Map<?, ?>) ((Map<?, ?>) document.get("components")).get(steps[2]);
      kind.put(steps[3], copy(all.get(steps[3])));
    }
  }

  private Object copy(Object node) {
    if (node instanceof List<?> list) {
      return list.stream().map(this::copy).toList();
    }
    if (!(node instanceof Map<?, ?> map)) {
      return node;
    }
    Map<String, Object> copy = new LinkedHashMap<>();
    map.forEach(
        (key, value) -> {
          if (key.equals(REFERENCE)) {
            wanted.push((String) value);
          }
          if (key.equals("properties")) {
            // Names that are the client's business, not ours.
            Map<String, Object> members = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((name, schema) -> members.put((String) name, copy(schema)));
            copy.put("properties", members);
          } else if (!PROSE.contains(key)) {
            copy.put((String) key, copy(value));
          }
        });
    return copy;
  }
}
