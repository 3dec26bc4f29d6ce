package dev.doorbell.api;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** Holds requests to the contract: their parameters, and their bodies where these are JSON. */
final class RequestChecker {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String JSON_TYPE = "application/json";

  private final Contract contract;

  RequestChecker(Contract contract) {
    this.contract = contract;
  }

  /** Where a request departs from the contract; empty if nowhere. */
  List<String> check(Probe probe) {
    String path = probe.path().split("\\?", 2)[0];
    JsonNode operation = contract.operation(probe.method(), path).orElse(null);
    if (operation == null) {
      return List.of("the contract has no " + probe.method() + " " + path);
    }
    List<String> mistakes = new ArrayList<>();
    Map<String, String> given = given(probe, path);
    for (JsonNode parameter : contract.parameters(probe.method(), path)) {
      parameter(parameter, given, mistakes);
    }
    given.keySet().stream()
        .filter(name -> name.startsWith("query "))
        .forEach(name -> mistakes.add(name + " is not in the contract"));
    if (operation.has("requestBody")) {
      body(contract.resolve(operation.get("requestBody")), probe, mistakes);
    } else if (!probe.parts().isEmpty()) {
      mistakes.add("a body, where the contract has none");
    }
    return mistakes;
  }

  /** What a request has of path, query and header parameters: text by place and name. */
  private Map<String, String> given(Probe probe, String path) {
    Map<String, String> given = new HashMap<>();
    probe.headers().forEach((name, value) -> given.put("header " + name, value));
    String[] template = contract.template(path).orElseThrow().split("/");
    String[] segments = path.split("/");
    for (int i = 0; i < template.length; i++) {
      if (template[i].startsWith("{")) {
        given.put("path " + template[i].substring(1, template[i].length() - 1), segments[i]);
      }
    }
    if (probe.path().contains("?")) {
      for (String pair : probe.path().split("\\?", 2)[1].split("&")) {
        String[] nameAndValue = pair.split("=", 2);
        given.put("query " + nameAndValue[0], nameAndValue[1]);
      }
    }
    return given;
  }

  private void parameter(JsonNode parameter, Map<String, String> given, List<String> mistakes) {
    String name = parameter.get("in").asString() + " " + parameter.get("name").asString();
    String text = given.remove(name);
    if (text == null) {
      if (parameter.path("required").asBoolean(false)) {
        mistakes.add(name + " is missing");
      }
      return;
    }
    JsonNode schema = contract.resolve(parameter.get("schema"));
    boolean number =
        schema.path("type").asString("").equals("integer") && text.matches("-?[0-9]{1,18}");
    JsonNode value =
        number
            ? JsonNodeFactory.instance.numberNode(Long.parseLong(text))
            : JsonNodeFactory.instance.stringNode(text);
    // No name of the service has one; it stands for what cannot be decoded.
    if (name.startsWith("path ") && text.contains("%")) {
      mistakes.add(name + " '" + text + "' is malformed");
    }
    contract.validate(schema, value).forEach(error -> mistakes.add(name + error));
  }

  private void body(JsonNode requestBody, Probe probe, List<String> mistakes) {
    byte[] body = bytes(probe);
    if (body.length == 0) {
      if (requestBody.path("required").asBoolean(false)) {
        mistakes.add("the body is missing");
      }
      return;
    }
    JsonNode schema = requestBody.at("/content/application~1json/schema");
    if (schema.isMissingNode()) {
      return;
    }
    try {
      JsonNode value = JSON.readTree(body);
      contract.validate(schema, value).forEach(error -> mistakes.add("body" + error));
    } catch (JacksonException e) {
      mistakes.add("the body is no JSON: " + e.getOriginalMessage());
    }
  }

  /** Whether an operation takes JSON. */
  static boolean takesJson(JsonNode operation) {
    return operation.path("requestBody").path("content").has(JSON_TYPE);
  }

  static byte[] bytes(Probe probe) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    probe.parts().forEach(body::writeBytes);
    return body.toByteArray();
  }
}
