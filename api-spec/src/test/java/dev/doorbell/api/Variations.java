package dev.doorbell.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Requests made of accepted ones: with what breaks the schema of a body or a query parameter in one
 * place, and with the contract's own examples.
 */
final class Variations {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Contract contract;
  private final RequestChecker requests;
  private final BrokenValues brokenValues;

  /** By method and path, the first request that is accepted with a body of JSON, or a query. */
  private final Map<String, Probe> accepted = new TreeMap<>();

  Variations(Contract contract, List<Probe> probes) {
    this.contract = contract;
    this.requests = new RequestChecker(contract);
    this.brokenValues = new BrokenValues(contract);
    for (Probe probe : probes) {
      boolean json = !schema(probe).isMissingNode() && !probe.parts().isEmpty();
      boolean query = !queryParameters(probe.method(), path(probe)).isEmpty();
      if (probe.status() < 300 && (json || query)) {
        accepted.putIfAbsent(key(probe), probe);
      }
    }
  }

  /** The operations of the contract that have something that can be broken. */
  TreeSet<String> operations() {
    TreeSet<String> all = new TreeSet<>();
    for (Contract.Documented answer : contract.answers()) {
      boolean json =
          contract
              .operation(answer.method(), answer.path())
              .filter(RequestChecker::takesJson)
              .isPresent();
      if (json || !queryParameters(answer.method(), answer.path()).isEmpty()) {
        all.add(answer.method() + " " + answer.path());
      }
    }
    return all;
  }

  /** Each is to be answered 400. */
  List<Probe> broken() {
    List<Probe> all = new ArrayList<>();
    for (Probe probe : accepted.values()) {
      if (!schema(probe).isMissingNode()) {
        JsonNode body = JSON.readTree(RequestChecker.bytes(probe));
        BrokenValues.notJson(body).forEach(text -> all.add(with(probe, path(probe), text)));
        brokenValues
            .of(schema(probe), body)
            .forEach(b -> all.add(with(probe, path(probe), JSON.writeValueAsString(b))));
      }
      for (JsonNode parameter : queryParameters(probe.method(), path(probe))) {
        for (JsonNode value : brokenValues.of(parameter.get("schema"), null)) {
          String query = parameter.get("name").asString() + "=" + value.asString("null");
          all.add(with(probe, path(probe) + "?" + query, ""));
        }
      }
    }
    // What is wrong as a value may be right as text: 1 for "1".
    all.removeIf(probe -> probe.path().contains("?") && requests.check(probe).isEmpty());
    for (Probe probe : all) {
      if (requests.check(probe).isEmpty()) {
        throw new AssertionError("nothing is wrong with " + probe);
      }
    }
    return all;
  }

  /** The examples of bodies, each to be answered by something else than 400. */
  List<Probe> examples() {
    List<Probe> all = new ArrayList<>();
    for (Probe probe : accepted.values()) {
      for (JsonNode example : content(probe).path("examples")) {
        all.add(with(probe, path(probe), JSON.writeValueAsString(example.get("value"))));
      }
    }
    return all;
  }

  private static Probe with(Probe probe, String path, String body) {
    Probe bare =
        new Probe(
            probe.service(),
            probe.method(),
            path,
            probe.headers(),
            List.of(),
            probe.framing(),
            400);
    return body.isEmpty() ? bare : bare.text(body);
  }

  private List<JsonNode> queryParameters(String method, String path) {
    return contract.parameters(method, path).stream()
        .filter(parameter -> parameter.get("in").asString().equals("query"))
        .toList();
  }

  private JsonNode schema(Probe probe) {
    return content(probe).path("schema");
  }

  private JsonNode content(Probe probe) {
    return contract
        .operation(probe.method(), path(probe))
        .map(operation -> operation.at("/requestBody/content/application~1json"))
        .orElse(contract.root().path("x-none"));
  }

  private String key(Probe probe) {
    return probe.method() + " " + contract.template(path(probe)).orElseThrow();
  }

  private static String path(Probe probe) {
    return probe.path().split("\\?", 2)[0];
  }
}
