package dev.doorbell.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Values that break a schema in one place each, made of one that keeps it. */
final class BrokenValues {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Contract contract;

  BrokenValues(Contract contract) {
    this.contract = contract;
  }

  /** Each breaks another rule of the schema, of which {@code value} keeps all. */
  List<JsonNode> of(JsonNode schema, JsonNode value) {
    JsonNode resolved = contract.resolve(schema);
    for (JsonNode one : resolved.path("oneOf")) {
      if (contract.validate(one, value).isEmpty()) {
        return of(one, value);
      }
    }
    List<JsonNode> broken = new ArrayList<>();
    broken.add(NODES.nullNode());
    if (resolved.has("enum") || resolved.has("const")) {
      broken.add(NODES.stringNode("surplus"));
      broken.add(NODES.numberNode(1));
      return broken;
    }
    switch (resolved.path("type").asString("")) {
      case "object" -> object(resolved, value, broken);
      case "array" -> array(resolved, value, broken);
      case "string" -> string(resolved, broken);
      case "boolean" -> {
        broken.add(NODES.numberNode(0));
        broken.add(NODES.stringNode("true"));
      }
      case "integer" -> {
        broken.add(NODES.numberNode(1.5));
        number(resolved, broken);
      }
      case "number" -> number(resolved, broken);
      default -> throw new IllegalArgumentException("no type that is known here: " + resolved);
    }
    return broken;
  }

  private void object(JsonNode schema, JsonNode value, List<JsonNode> broken) {
    broken.add(NODES.arrayNode());
    broken.add(NODES.stringNode("surplus"));
    ObjectNode more = value.deepCopy().asObject();
    broken.add(more.put("surplus", 1));
    for (JsonNode name : schema.path("required")) {
      ObjectNode less = value.deepCopy().asObject();
      less.remove(name.asString());
      broken.add(less);
    }
    for (Map.Entry<String, JsonNode> member : schema.path("properties").properties()) {
      JsonNode before = value.path(member.getKey());
      for (JsonNode wrong : of(member.getValue(), before)) {
        ObjectNode other = value.deepCopy().asObject();
        other.set(member.getKey(), wrong);
        broken.add(other);
      }
    }
  }

  private void array(JsonNode schema, JsonNode value, List<JsonNode> broken) {
    broken.add(NODES.objectNode());
    if (schema.path("minItems").asInt(0) > 0) {
      broken.add(NODES.arrayNode());
    }
    if (schema.has("maxItems")) {
      ArrayNode many = NODES.arrayNode();
      for (int i = 0; i <= schema.get("maxItems").asInt(); i++) {
        many.add(value.get(0));
      }
      broken.add(many);
    }
    int last = value.size() - 1;
    for (JsonNode wrong : of(schema.get("items"), value.get(last))) {
      ArrayNode other = value.deepCopy().asArray();
      other.set(last, wrong);
      broken.add(other);
    }
  }

  private static void string(JsonNode schema, List<JsonNode> broken) {
    broken.add(NODES.numberNode(1));
    broken.add(NODES.objectNode());
    if (schema.path("minLength").asInt(0) > 0) {
      broken.add(NODES.stringNode(""));
    }
  }

  private static void number(JsonNode schema, List<JsonNode> broken) {
    broken.add(NODES.stringNode("1"));
    broken.add(NODES.booleanNode(true));
    if (schema.has("minimum")) {
      broken.add(NODES.numberNode(schema.get("minimum").asLong() - 1));
    }
    if (schema.has("exclusiveMinimum")) {
      broken.add(schema.get("exclusiveMinimum"));
    }
    if (schema.has("maximum")) {
      broken.add(NODES.numberNode(schema.get("maximum").asLong() + 1));
    }
  }

  /** A body that breaks JSON itself, a member that is there twice, and so on. */
  static List<String> notJson(JsonNode value) {
    String text = JSON.writeValueAsString(value);
    return List.of(text + "{}", text.substring(0, text.length() - 1), "\u0000" + text, "nul");
  }
}
