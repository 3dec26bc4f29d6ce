package dev.doorbell.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The document keeps its own rules, without which a check by it would prove little. */
class DocumentTest {
  private static final Contract CONTRACT = Contract.load();

  @Test
  void schemasAreSchemas() {
    var metaSchema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
    List<String> mistakes = new ArrayList<>();
    eachSchema(
        (where, schema) ->
            metaSchema.validate(schema).forEach(error -> mistakes.add(where + ": " + error)));
    assertEquals(List.of(), mistakes);
  }

  /** An object that is open would let members by that nobody has described. */
  @Test
  void objectsAreClosed() {
    List<String> open = new ArrayList<>();
    walk(
        "",
        CONTRACT.root(),
        (where, node) -> {
          if (node.path("type").asString("").equals("object")
              && node.path("additionalProperties").asBoolean(true)) {
            open.add(where);
          }
        });
    assertEquals(List.of(), open);
  }

  @Test
  void examplesKeepTheirSchemas() {
    List<String> mistakes = new ArrayList<>();
    walk(
        "",
        CONTRACT.root(),
        (where, node) -> {
          if (node.has("schema") && node.has("examples")) {
            node.get("examples")
                .forEach(
                    example ->
                        mistakes.addAll(
                            CONTRACT.validate(node.get("schema"), example.get("value"))));
          }
        });
    assertEquals(List.of(), mistakes);
  }

  /** Requests and headers have one example each, answers several. */
  @Test
  void singleExamplesKeepTheirSchemas() {
    List<String> mistakes = new ArrayList<>();
    walk(
        "",
        CONTRACT.root(),
        (where, node) -> {
          if (node.has("schema") && node.has("example")) {
            CONTRACT
                .validate(node.get("schema"), node.get("example"))
                .forEach(error -> mistakes.add(where + ": " + error));
          }
        });
    assertEquals(List.of(), mistakes);
  }

  /** Of a member that is there twice, readers would take the last and forget the first. */
  @Test
  void aMemberThatIsThereTwiceIsRefused() {
    byte[] yaml = "paths:\n  /a: {get: {}}\n  /b: {}\n  /a: {put: {}}\n".getBytes();
    JacksonException e = assertThrows(JacksonException.class, () -> Contract.parse(yaml));
    assertTrue(e.getMessage().contains("\"/a\""), e::getMessage);
  }

  @Test
  void referencesLeadSomewhereAndNothingLiesIdle() {
    Set<String> used = new HashSet<>();
    walk(
        "",
        CONTRACT.root(),
        (where, node) -> {
          if (node.has("$ref")) {
            CONTRACT.resolve(node);
            used.add(node.get("$ref").asString());
          }
        });
    CONTRACT
        .root()
        .get("components")
        .properties()
        .forEach(
            kind ->
                kind.getValue()
                    .propertyNames()
                    .forEach(
                        name ->
                            assertTrue(
                                used.contains("#/components/" + kind.getKey() + "/" + name),
                                name)));
  }

  @Test
  void operationsHaveNamesOfTheirOwn() {
    Set<String> names = new HashSet<>();
    walk(
        "",
        CONTRACT.root().get("paths"),
        (where, node) -> {
          if (node.has("responses")) {
            assertTrue(names.add(node.path("operationId").asString("")), where);
          }
        });
  }

  private static void eachSchema(BiConsumer<String, JsonNode> visitor) {
    walk(
        "",
        CONTRACT.root(),
        (where, node) -> {
          if (node.has("schema")) {
            visitor.accept(where, node.get("schema"));
          }
        });
    CONTRACT
        .root()
        .at("/components/schemas")
        .properties()
        .forEach(schema -> visitor.accept(schema.getKey(), schema.getValue()));
  }

  private static void walk(String where, JsonNode node, BiConsumer<String, JsonNode> visitor) {
    if (node.isObject()) {
      visitor.accept(where, node);
      node.properties().forEach(m -> walk(where + "/" + m.getKey(), m.getValue(), visitor));
    } else if (node.isArray()) {
      node.forEach(element -> walk(where, element, visitor));
    }
  }
}
