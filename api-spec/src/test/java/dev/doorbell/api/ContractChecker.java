package dev.doorbell.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Holds answers to the contract, strictly: what it does not mention is a mistake, be it a status, a
 * header, a media type or a member.
 */
final class ContractChecker {
  private static final String CONTENT_TYPE = "content-type";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Contract contract;

  ContractChecker(Contract contract) {
    this.contract = contract;
  }

  /** Where an answer departs from the contract; empty if nowhere. */
  List<String> check(Answer answer) {
    List<String> mistakes = new ArrayList<>();
    if (contract.template(answer.path()).isEmpty()) {
      mistakes.add("path " + answer.path() + " is not in the contract");
      return mistakes;
    }
    contract
        .documented(answer.method(), answer.path(), answer.status())
        .ifPresentOrElse(
            documented -> {
              headers(documented.node(), answer, mistakes);
              content(documented.node().path("content"), answer, mistakes);
            },
            () -> mistakes.add("status " + answer.status() + " is not in the contract"));
    return mistakes;
  }

  private void headers(JsonNode response, Answer answer, List<String> mistakes) {
    Set<String> known = new HashSet<>(Set.of(CONTENT_TYPE));
    for (JsonNode declared : List.of(response.path("headers"), contract.headersOfEveryAnswer())) {
      declared
          .properties()
          .forEach(
              entry -> {
                String name = entry.getKey().toLowerCase(Locale.ROOT);
                known.add(name);
                header(name, contract.resolve(entry.getValue()), answer, mistakes);
              });
    }
    for (String name : answer.headers().keySet()) {
      if (!known.contains(name)) {
        mistakes.add("header " + name + " is not in the contract");
      }
    }
  }

  private void header(String name, JsonNode header, Answer answer, List<String> mistakes) {
    List<String> values = answer.headers().getOrDefault(name, List.of());
    if (values.isEmpty()) {
      if (header.path("required").asBoolean(false)) {
        mistakes.add("header " + name + " is missing");
      }
    } else if (values.size() > 1) {
      mistakes.add("header " + name + " is there " + values.size() + " times");
    } else {
      JsonNode schema = contract.resolve(header.get("schema"));
      for (String error : contract.validate(schema, value(schema, values.get(0)))) {
        mistakes.add("header " + name + " '" + values.get(0) + "'" + error);
      }
    }
  }

  private void content(JsonNode content, Answer answer, List<String> mistakes) {
    String type = answer.header(CONTENT_TYPE);
    if (content.isMissingNode()) {
      if (type != null || answer.body().length > 0) {
        mistakes.add("a body, " + type + ", where the contract has none");
      }
      return;
    }
    if (type != null && type.startsWith("multipart/")) {
      // Every answer has a boundary of its own.
      type = type.split(";", 2)[0];
    }
    if (type == null || !content.has(type)) {
      mistakes.add("media type " + type + " is not in the contract");
      return;
    }
    String length = answer.header("content-length");
    if (answer.method().equals("HEAD")) {
      if (answer.body().length > 0) {
        mistakes.add("a HEAD has a body of " + answer.body().length + " bytes");
      }
      return;
    }
    if (length != null && !length.equals(Integer.toString(answer.body().length))) {
      mistakes.add("Content-Length " + length + ", but " + answer.body().length + " bytes came");
    }
    JsonNode schema = content.get(type).path("schema");
    if (!schema.isMissingNode()) {
      body(schema, type, answer, mistakes);
    }
  }

  private void body(JsonNode schema, String type, Answer answer, List<String> mistakes) {
    JsonNode body;
    try {
      body =
          type.endsWith("json")
              ? JSON.readTree(answer.body())
              : JsonNodeFactory.instance.stringNode(answer.text());
    } catch (JacksonException e) {
      mistakes.add("the body is no JSON: " + e.getOriginalMessage());
      return;
    }
    contract.validate(schema, body).forEach(error -> mistakes.add("body" + error));
  }

  /** A header's value as its schema wants it; text that is no number stays text, and fails. */
  private static JsonNode value(JsonNode schema, String text) {
    boolean number =
        schema.path("type").asString("").equals("integer") && text.matches("0|-?[1-9][0-9]{0,17}");
    return number
        ? JsonNodeFactory.instance.numberNode(Long.parseLong(text))
        : JsonNodeFactory.instance.stringNode(text);
  }
}
