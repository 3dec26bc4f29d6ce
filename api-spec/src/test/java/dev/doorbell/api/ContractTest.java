package dev.doorbell.api;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.doorbell.api.Contract.Documented;
import io.vertx.core.http.HttpVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Holds the service to the contract, and the contract to the service: every real answer is in the
 * contract, and every answer in the contract is real.
 */
class ContractTest {
  /** Answers that no request can provoke here, with the reason. */
  private static final Map<String, String> UNREACHABLE =
      Map.ofEntries(
          Map.entry(
              "GET /v1/namespaces/{ns}/data 403",
              "needs a drive with a locked range; the emulated controller has no locking"),
          Map.entry("QUERY /v1/namespaces/{ns}/data 403", "as GET"),
          Map.entry("PATCH /v1/namespaces/{ns}/data 507", "as PUT"),
          Map.entry(
              "PUT /v1/namespaces/{ns}/data 507", "needs a drive or a file system that is full"),
          Map.entry(
              "GET /readyz 503",
              "needs a service whose every namespace is stopped, or that ends between head and answer"),
          Map.entry("PUT /v1/namespaces/{ns}/policy 500", "needs a flush that fails"),
          Map.entry("GET /v1/events 200", "has no end; EventsTest of the service follows it"),
          Map.entry("GET /v1/events 503", "needs 64 clients; as above"),
          Map.entry("HEAD /readyz 503", "as GET"),
          Map.entry("GET /livez 503", "needs an event loop that hangs"),
          Map.entry("HEAD /livez 503", "as GET"),
          Map.entry("GET /metrics 500", "needs a collector that throws"),
          Map.entry("HEAD /metrics 500", "as GET"),
          Map.entry(
              "GET /v1/namespaces/{ns}/zones 500", "needs a controller that fails a zone report"),
          Map.entry(
              "GET /v1/namespaces/{ns}/zones 503",
              "needs a zoned drive without memory for a report; as GET of the data"),
          Map.entry(
              "GET /v1/namespaces/{ns}/zones/{zone} 500",
              "needs a controller that fails a zone report"),
          Map.entry(
              "GET /v1/namespaces/{ns}/zones/{zone} 503",
              "needs a zoned drive without memory for a report; as GET of the data"),
          Map.entry(
              "HEAD /v1/namespaces/{ns}/zones 500", "needs a controller that fails a zone report"),
          Map.entry(
              "HEAD /v1/namespaces/{ns}/zones 503",
              "needs a zoned drive without memory for a report; as GET of the data"),
          Map.entry(
              "HEAD /v1/namespaces/{ns}/zones/{zone} 500",
              "needs a controller that fails a zone report"),
          Map.entry(
              "HEAD /v1/namespaces/{ns}/zones/{zone} 503",
              "needs a zoned drive without memory for a report; as GET of the data"),
          Map.entry(
              "POST /v1/namespaces/{ns}/zones/{zone}/{action} 503",
              "needs a zoned drive without memory for a report; as GET of the data"),
          Map.entry("POST /v1/namespaces/{ns}/zones/{zone}/append 503", "as PUT of the data"),
          Map.entry("POST /v1/namespaces/{ns}/zones/{zone}/append 507", "as PUT of the data"));

  private static final Contract CONTRACT = Contract.load();
  private static final ContractChecker CHECKER = new ContractChecker(CONTRACT);
  private static final RequestChecker REQUESTS = new RequestChecker(CONTRACT);
  private static final Variations VARIATIONS = new Variations(CONTRACT, Probes.all());
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir static Path directory;

  private static final List<Exchange> EXCHANGES = new ArrayList<>();

  /** Of the same kind, for requests that break the schema of an accepted one in one place. */
  private static final List<Exchange> BROKEN_EXCHANGES = new ArrayList<>();

  /** Of the same kind, for the contract's examples of requests. */
  private static final List<Exchange> EXAMPLE_EXCHANGES = new ArrayList<>();

  private record Exchange(HttpVersion version, Probe probe, Answer answer) {}

  @BeforeAll
  static void exchange() throws Exception {
    try (Services services = new Services(directory);
        Client reader = new Client(HttpVersion.HTTP_2);
        AutoCloseable stalled =
            reader.stall(
                "/v1/namespaces/nvme0n1/data", services.port(Services.Kind.BUSY), 8, 128 << 10);
        AutoCloseable appending =
            reader.append(
                "/v1/namespaces/nvme0n1/zones/7/append",
                ControllerProbes.KEY_IN_FLIGHT,
                services.port(Services.Kind.ZONED))) {
      assertNotNull(stalled);
      assertNotNull(appending);
      for (HttpVersion version : List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1)) {
        try (Client client = new Client(version)) {
          for (Probe probe : Probes.all()) {
            Answer answer = client.send(probe, services.port(probe.service()));
            EXCHANGES.add(new Exchange(version, probe, answer));
          }
          if (version == HttpVersion.HTTP_2) {
            for (Probe probe : VARIATIONS.broken()) {
              Answer answer = client.send(probe, services.port(probe.service()));
              BROKEN_EXCHANGES.add(new Exchange(version, probe, answer));
            }
            for (Probe probe : VARIATIONS.examples()) {
              Answer answer = client.send(probe, services.port(probe.service()));
              EXAMPLE_EXCHANGES.add(new Exchange(version, probe, answer));
            }
          }
        }
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> everyAnswerKeepsTheContract() {
    return EXCHANGES.stream()
        .map(
            exchange ->
                dynamicTest(
                    exchange.version() + " " + exchange.probe(),
                    () -> {
                      Answer answer = exchange.answer();
                      assertAll(
                          () ->
                              assertEquals(
                                  exchange.probe().status(), answer.status(), answer::text),
                          () -> assertEquals(List.of(), CHECKER.check(answer), answer::toString));
                    }));
  }

  /** So the contract's requests are no narrower than the service's. */
  @Test
  void whatIsAcceptedKeepsTheContract() {
    List<String> mistakes = new ArrayList<>();
    for (Probe probe : Probes.all()) {
      if (probe.status() < 300 && !REQUESTS.check(probe).isEmpty()) {
        mistakes.add(probe + ": " + REQUESTS.check(probe));
      }
    }
    assertEquals(List.of(), mistakes);
  }

  /** Nor wider: what breaks the contract is refused, as the contract says of the operation. */
  @TestFactory
  Stream<DynamicTest> whatBreaksTheContractIsRefused() {
    return BROKEN_EXCHANGES.stream()
        .map(
            exchange ->
                dynamicTest(
                    exchange.probe() + " " + new String(RequestChecker.bytes(exchange.probe())),
                    () -> {
                      Answer answer = exchange.answer();
                      assertAll(
                          () -> assertEquals(400, answer.status(), answer::text),
                          () -> assertEquals(List.of(), CHECKER.check(answer), answer::toString));
                    }));
  }

  /** What an operation takes may be refused for what it means, but not for its form. */
  @TestFactory
  Stream<DynamicTest> everyExampleOfARequestIsWellFormed() {
    return EXAMPLE_EXCHANGES.stream()
        .map(
            exchange ->
                dynamicTest(
                    exchange.probe().toString(),
                    () -> {
                      Answer answer = exchange.answer();
                      assertAll(
                          () -> assertNotEquals(400, answer.status(), answer::text),
                          () -> assertEquals(List.of(), CHECKER.check(answer), answer::toString));
                    }));
  }

  /** No operation that takes JSON, or is narrowed down by a query, is left out. */
  @Test
  void everyOperationWithASchemaIsTriedWithWhatBreaksIt() {
    TreeSet<String> tried = new TreeSet<>();
    for (Exchange exchange : BROKEN_EXCHANGES) {
      Answer answer = exchange.answer();
      tried.add(answer.method() + " " + CONTRACT.template(answer.path()).orElseThrow());
    }
    assertEquals(VARIATIONS.operations(), tried);
  }

  @Test
  void everyDocumentedAnswerIsGivenOrKnownToBeOutOfReach() {
    TreeSet<String> documented = new TreeSet<>();
    CONTRACT.answers().forEach(answer -> documented.add(answer.key()));
    TreeSet<String> given = new TreeSet<>(UNREACHABLE.keySet());
    for (Exchange exchange : EXCHANGES) {
      String key = documented(exchange).key();
      given.add(key);
      assertEquals(null, UNREACHABLE.get(key), key + " was given after all");
    }
    assertEquals(documented, given);
  }

  @Test
  void everyExampleIsAnAnswerThatTheServiceGave() {
    Map<String, List<Answer>> given = new TreeMap<>();
    for (Exchange exchange : EXCHANGES) {
      given
          .computeIfAbsent(documented(exchange).id(), id -> new ArrayList<>())
          .add(exchange.answer());
    }
    List<String> invented = new ArrayList<>();
    for (Documented documented : CONTRACT.answers()) {
      if (UNREACHABLE.containsKey(documented.key())) {
        continue;
      }
      List<Answer> answers = given.getOrDefault(documented.id(), List.of());
      for (JsonNode content : documented.node().path("content")) {
        for (Map.Entry<String, JsonNode> example : content.path("examples").properties()) {
          JsonNode value = example.getValue().get("value");
          if (answers.stream().noneMatch(answer -> gave(answer, value))) {
            invented.add(documented.key() + " " + example.getKey() + ": " + value);
          }
        }
      }
    }
    assertEquals(List.of(), invented);
  }

  @Test
  void theServiceServesTheContract() {
    List<Exchange> served =
        EXCHANGES.stream()
            .filter(e -> documented(e).key().equals("GET /openapi.yaml 200"))
            .toList();
    assertEquals(2, served.size());
    for (Exchange exchange : served) {
      assertArrayEquals(Contract.bytes(), exchange.answer().body());
    }
  }

  private static Documented documented(Exchange exchange) {
    Answer answer = exchange.answer();
    return CONTRACT
        .documented(answer.method(), answer.path(), answer.status())
        .orElseThrow(() -> new AssertionError("not in the contract: " + answer));
  }

  /** Whether an answer is the example; of an example in text, each line is one of the answer. */
  private static boolean gave(Answer answer, JsonNode example) {
    if (answer.body().length == 0) {
      return false;
    }
    return example.isString()
        ? answer.text().lines().toList().containsAll(example.asString().lines().toList())
        : steady(JSON.readTree(answer.body())).equals(steady(example));
  }

  /**
   * Without what differs from run to run and from machine to machine: the number of event loops.
   */
  private static String steady(JsonNode answer) {
    return answer
        .toString()
        .replaceAll("\"turns\":\\d+", "\"turns\":0")
        .replaceAll("eventloop-thread-\\d+", "eventloop-thread-0")
        .replaceAll("(\"loops\":\\[\\{[^}]*})(,\\{[^}]*})*", "$1");
  }
}
