package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.contract.Contract;
import dev.doorbell.service.contract.HandRouted;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Management is routed from the contract, and held to it. */
class ContractRouterTest {
  private static final String NAMESPACE = "/v1/namespaces/nvme0n1/";
  private static final String KEY = "Idempotency-Key";

  private final OpenAPIContract contract = Contract.load();

  @Test
  void everyOperationOfTheDocumentIsRoutedByItOrKnownToBeByHand() throws IOException {
    Set<String> documented = new TreeSet<>();
    Set<String> byHand = new HashSet<>();
    paths()
        .forEach(
            (path, item) -> {
              if (HandRouted.PATHS.contains(path)) {
                byHand.add(path);
              } else {
                item.values().stream()
                    .filter(o -> o instanceof Map<?, ?> map && map.containsKey("operationId"))
                    .forEach(o -> documented.add((String) ((Map<?, ?>) o).get("operationId")));
              }
            });
    assertEquals(documented, ids(contract));
    assertEquals(HandRouted.PATHS, byHand);
  }

  @Test
  void anOperationWithoutAHandlerIsRefused() {
    assertTrue(refusal(new Handlers()).contains("has no handler"));
  }

  @Test
  void aHandlerWithoutAnOperationIsRefused() {
    Handlers handlers = new Handlers();
    contract.operations().forEach(o -> handlers.on(o.getOperationId(), call -> null));
    handlers.on("paintTheDrive", call -> null);
    assertTrue(refusal(handlers).contains("[paintTheDrive]"), refusal(handlers));
  }

  /** The service does not ask it: see {@link Contract#load}. */
  @Test
  void whatTheBuildHasLeftIsAContract() {
    Vertx vertx = Vertx.vertx();
    try {
      OpenAPIContract checked = Client.await(OpenAPIContract.from(vertx, Contract.document()));
      assertEquals(ids(checked), ids(contract));
    } finally {
      Client.await(vertx.close());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "zones?limit=0|400|limit is '0'; allowed is a whole number from 1 to 1000",
        "zones?limit=many|400|limit is 'many'; allowed is a whole number from 1 to 1000",
        "zones?limit=|400|limit is ''; allowed is",
        "zones?from=16|400|from is '16'; allowed is a whole number from 0 to 15",
        "zones?state=odd|400|state is 'odd'; allowed is one of empty, implicitly_open",
        "zones/x|404|there is no zone 'x'; namespace nvme0n1 has zones 0 to 15",
      })
  void aParameterThatBreaksTheContractIsNamed(String path, int status, String detail) {
    try (TestService service =
        TestService.start("emulated:memory?size=16MiB&lba_size=4096&zone_size=1MiB")) {
      JsonObject problem =
          service.client(HttpVersion.HTTP_1_1).get(NAMESPACE + path).problem(status);
      assertTrue(problem.getString("detail").contains(detail), problem::encode);
    }
  }

  /** The validator would take them for numbers, JSON, or something that is encoded. */
  @ParameterizedTest
  @ValueSource(strings = {"-5", "1.5", "{}", "[", "\"quoted\"", "%zz", "a+b"})
  void aHeaderIsTakenAsItIs(String key) {
    try (TestService service = TestService.start(TestService.MEMORY_1_MIB)) {
      Client client = service.client(HttpVersion.HTTP_2);
      client.request(HttpMethod.POST, NAMESPACE + "flush", KEY, key).expect(204);
    }
  }

  private String refusal(Handlers handlers) {
    Vertx vertx = Vertx.vertx();
    try {
      ContractRouter router =
          new ContractRouter(new Management(vertx, null, null), contract, handlers);
      return assertThrows(IllegalStateException.class, () -> router.build(new Frame(null)))
          .getMessage();
    } finally {
      Client.await(vertx.close());
    }
  }

  private static Set<String> ids(OpenAPIContract contract) {
    List<Operation> operations = contract.operations();
    return operations.stream()
        .map(Operation::getOperationId)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Map<String, Map<String, Object>> paths() throws IOException {
    try (InputStream in = ContractRouterTest.class.getResourceAsStream("/openapi.yaml")) {
      Map<String, Map<String, Map<String, Object>>> document =
          new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
      return document.get("paths");
    }
  }
}
