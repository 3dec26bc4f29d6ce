package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The page of the contract, in a browser. */
class DocsIT {
  private static final String NO_NAMES = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

  /** Time of the page, which passes as fast as the page works. */
  private static final int VIRTUAL_MILLIS = 20_000;

  @TempDir Path directory;

  @Test
  void aBrowserShowsEveryOperationAndAsksNobodyElse() throws IOException {
    try (ServiceProcess doorbell =
        ServiceProcess.serve(directory, "--drive", "emulated:memory?size=1MiB")) {
      Path netLog = directory.resolve("net-log.json");
      String page = doorbell.url("/docs");
      String output =
          Tool.CHROMIUM
              .run(
                  "--headless",
                  // Without a user of its own, as in a container; the page is ours.
                  "--no-sandbox",
                  "--disable-gpu",
                  "--user-data-dir=" + directory.resolve("profile"),
                  "--host-resolver-rules=" + NO_NAMES,
                  "--log-net-log=" + netLog,
                  "--enable-logging=stderr",
                  "--virtual-time-budget=" + VIRTUAL_MILLIS,
                  "--dump-dom",
                  page)
              .ok();
      for (String operation :
          operations(Tool.CURL.run("-sS", doorbell.url("/openapi.yaml")).ok())) {
        assertTrue(output.contains("id=\"operations-" + operation + "\""), operation);
      }
      assertFalse(output.contains("Content Security Policy"), output);
      TreeSet<String> asked = asked(netLog);
      assertTrue(
          asked.contains(page) && asked.contains(doorbell.url("/openapi.yaml")), asked::toString);
      asked.removeIf(url -> url.startsWith(doorbell.url("/")) || url.startsWith("data:"));
      assertEquals(new TreeSet<>(), asked);
      doorbell.stop();
    }
  }

  /** Tags and names of the operations, joined as in the page. */
  @SuppressWarnings("unchecked")
  private static List<String> operations(String contract) {
    Map<String, Object> document = new Yaml().load(contract);
    Map<String, Map<String, Object>> paths =
        (Map<String, Map<String, Object>>) document.get("paths");
    List<String> operations =
        paths.values().stream()
            .flatMap(path -> path.entrySet().stream())
            // An extension: the page shows what OpenAPI 3.1 has a member for, and names QUERY in
            // GET.
            .filter(item -> !item.getKey().startsWith("x-"))
            .map(item -> item.getValue())
            .filter(item -> item instanceof Map<?, ?> map && map.containsKey("operationId"))
            .map(item -> (Map<String, Object>) item)
            .map(o -> ((List<String>) o.get("tags")).get(0) + "-" + o.get("operationId"))
            .toList();
    assertTrue(operations.size() > 30, operations::toString);
    return operations;
  }

  /** Every address that the browser's network layer was asked for. */
  private static TreeSet<String> asked(Path netLog) throws IOException {
    JsonArray events = new JsonObject(Files.readString(netLog)).getJsonArray("events");
    TreeSet<String> asked = new TreeSet<>();
    for (int i = 0; i < events.size(); i++) {
      JsonObject parameters = events.getJsonObject(i).getJsonObject("params");
      if (parameters != null && parameters.getValue("url") instanceof String url) {
        asked.add(url);
      }
    }
    return asked;
  }
}
