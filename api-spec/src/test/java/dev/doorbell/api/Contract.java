package dev.doorbell.api;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The OpenAPI document, as a tree of operations and the answers that they may give. */
final class Contract {
  /** What stands for every method that a path does not list. */
  static final String ANY_OTHER_METHOD = "*";

  private static final Set<String> METHODS =
      Set.of("get", "put", "post", "delete", "options", "head", "patch", "trace");

  /** OpenAPI 3.1 has no member for QUERY: that came with 3.2. */
  private static final String QUERY_EXTENSION = "x-query";

  private static final String OTHER_METHOD_EXTENSION = "x-any-other-method";

  private final JsonNode root;
  private final SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(Dialects.getOpenApi31());

  /**
   * A documented answer.
   *
   * @param method in upper case, or {@link #ANY_OTHER_METHOD}
   * @param path with its parameters in braces
   * @param id where the answer is described; answers of several operations share one
   * @param node the Response Object
   */
  record Documented(String method, String path, int status, String id, JsonNode node) {
    /** For example {@code GET /livez 200}. */
    String key() {
      return method + " " + path + " " + status;
    }
  }

  private Contract(JsonNode root) {
    this.root = root;
  }

  /**
   * Reads a document.
   *
   * @throws tools.jackson.core.JacksonException if it is no YAML, or has a member twice: of those
   *     YAML readers take the last without a word
   */
  static Contract parse(byte[] yaml) {
    YAMLFactory strict =
        YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    return new Contract(new YAMLMapper(strict).readTree(yaml));
  }

  static Contract load() {
    return parse(bytes());
  }

  /** The document as it is on the class path. */
  static byte[] bytes() {
    try (InputStream in = Contract.class.getResourceAsStream("/openapi.yaml")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode root() {
    return root;
  }

  /** Every answer of every operation, in the order of the document. */
  List<Documented> answers() {
    List<Documented> all = new ArrayList<>();
    root.get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        member -> {
                          if (METHODS.contains(member.getKey())
                              || member.getKey().equals(QUERY_EXTENSION)) {
                            String method = method(member.getKey());
                            add(all, method, path.getKey(), member.getValue().get("responses"));
                          } else if (member.getKey().equals(OTHER_METHOD_EXTENSION)) {
                            add(all, ANY_OTHER_METHOD, path.getKey(), member.getValue());
                          }
                        }));
    return all;
  }

  /** The path with its parameters in braces that a request's path is an instance of. */
  Optional<String> template(String path) {
    return root.get("paths").propertyNames().stream()
        .filter(template -> pattern(template).matcher(path).matches())
        .findFirst();
  }

  /** The Operation Object of a request; empty if its path does not list its method. */
  Optional<JsonNode> operation(String method, String path) {
    return template(path)
        .map(template -> root.get("paths").get(template).get(member(method)))
        .filter(operation -> operation != null);
  }

  /** The Parameter Objects of a request: those of its path, then those of its operation. */
  List<JsonNode> parameters(String method, String path) {
    List<JsonNode> all = new ArrayList<>();
    template(path)
        .map(template -> root.get("paths").get(template))
        .ifPresent(item -> item.path("parameters").forEach(p -> all.add(resolve(p))));
    operation(method, path)
        .ifPresent(operation -> operation.path("parameters").forEach(p -> all.add(resolve(p))));
    return all;
  }

  /** What the contract says of an answer's status; empty if nothing. */
  Optional<Documented> documented(String method, String path, int status) {
    return template(path)
        .flatMap(
            template -> {
              boolean listed = root.get("paths").get(template).has(member(method));
              String key = (listed ? method : ANY_OTHER_METHOD) + " " + template + " " + status;
              return answers().stream().filter(d -> d.key().equals(key)).findFirst();
            });
  }

  /** Headers that every answer has, by an extension of ours. */
  JsonNode headersOfEveryAnswer() {
    return root.path("x-every-answer");
  }

  /** The node itself, or what it refers to. */
  JsonNode resolve(JsonNode node) {
    JsonNode resolved = node;
    while (resolved.has("$ref")) {
      String reference = resolved.get("$ref").asString();
      resolved = root.at(reference.substring(1));
      if (!reference.startsWith("#/") || resolved.isMissingNode()) {
        throw new IllegalArgumentException("no such reference: " + reference);
      }
    }
    return resolved;
  }

  /** What is wrong with an instance by a schema of the document; empty if nothing. */
  List<String> validate(JsonNode schema, JsonNode instance) {
    ObjectNode standalone = ((ObjectNode) schema).deepCopy();
    // So that references into the document find what they name.
    standalone.set("components", root.get("components"));
    Schema compiled = schemas.getSchema(standalone);
    return compiled.validate(instance).stream()
        .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
        .toList();
  }

  private void add(List<Documented> all, String method, String path, JsonNode responses) {
    responses
        .properties()
        .forEach(
            response -> {
              String status = response.getKey();
              JsonNode node = response.getValue();
              String id =
                  node.has("$ref")
                      ? node.get("$ref").asString()
                      : method + " " + path + " " + status;
              all.add(new Documented(method, path, Integer.parseInt(status), id, resolve(node)));
            });
  }

  /** The member of a Path Item that describes a method. */
  private static String member(String method) {
    return method.equals("QUERY") ? QUERY_EXTENSION : method.toLowerCase(Locale.ROOT);
  }

  private static String method(String member) {
    return member.equals(QUERY_EXTENSION) ? "QUERY" : member.toUpperCase(Locale.ROOT);
  }

  private static Pattern pattern(String template) {
    StringBuilder regex = new StringBuilder();
    for (String part : template.split("(?<=})|(?=\\{)")) {
      regex.append(part.startsWith("{") ? "[^/]+" : Pattern.quote(part));
    }
    return Pattern.compile(regex.toString());
  }
}
