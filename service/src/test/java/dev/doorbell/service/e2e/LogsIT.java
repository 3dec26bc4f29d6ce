package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log as JSON, and its lines about requests. */
class LogsIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @TempDir Path directory;

  @Test
  void tellOfEachRequestAndItsTrace() {
    try (ServiceProcess doorbell = serve("log.format=json", "log.access=true")) {
      curl(doorbell.data(), "-r", "0-99", "-H", "X-Request-Id: mine-1");
      curl(
          doorbell.data(),
          "-r",
          "9999999-",
          "-H",
          "traceparent: 00-" + TRACE + "-00f067aa0ba902b7-01");
      String headers =
          Tool.CURL.run("-sS", "-D", "-", "-o", "/dev/null", doorbell.url("/livez")).ok();
      doorbell.until("three requests are logged", () -> requests(doorbell).size() == 3);

      JsonObject read = requests(doorbell).get(0);
      assertEquals("GET", read.getString("method"));
      assertEquals("/v1/namespaces/nvme0n1/data", read.getString("path"));
      assertEquals("bytes=0-99", read.getString("range"));
      assertEquals(206, read.getInteger("status"));
      assertTrue(read.getBoolean("complete"));
      assertEquals(100, read.getLong("bytes_out"));
      assertTrue(read.getLong("duration_us") >= 0);
      assertEquals("mine-1", read.getString("request_id"));
      assertEquals("INFO", read.getString("level"));
      assertFalse(read.containsKey("trace_id"));

      JsonObject refused = requests(doorbell).get(1);
      assertEquals(416, refused.getInteger("status"));
      assertEquals(TRACE, refused.getString("trace_id"));

      JsonObject live = requests(doorbell).get(2);
      assertEquals("/livez", live.getString("path"));
      assertTrue(headers.contains(live.getString("request_id")), headers);
      assertNotEquals(refused.getString("request_id"), live.getString("request_id"));
      doorbell.stop();
      // Every line is an object, from the first to the last.
      assertTrue(doorbell.log().lines().map(JsonObject::new).count() > 4);
    }
  }

  @Test
  void areTextWithoutRequestsUntilToldOtherwise() {
    try (ServiceProcess doorbell = serve("log.level=info")) {
      curl(doorbell.data(), "-r", "0-99");
      doorbell.stop();
      assertFalse(doorbell.log().contains("nvme0n1/data status="), doorbell::log);
      assertTrue(doorbell.log().contains(" INFO "), doorbell::log);
    }
    try (ServiceProcess doorbell = serve("log.access=true")) {
      curl(doorbell.data(), "-r", "0-99", "--http2-prior-knowledge");
      doorbell.until("it is logged", () -> doorbell.log().contains(" access: request method=GET "));
      assertTrue(doorbell.log().contains(" protocol=HTTP/2 "), doorbell::log);
    }
  }

  private ServiceProcess serve(String... settings) {
    Object[] options = new Object[2 + 2 * settings.length];
    options[0] = "--drive";
    options[1] = "emulated:memory?size=1MiB";
    for (int i = 0; i < settings.length; i++) {
      options[2 + 2 * i] = "--set";
      options[3 + 2 * i] = settings[i];
    }
    return ServiceProcess.serve(directory, options);
  }

  private static void curl(String url, Object... options) {
    Object[] all = new Object[options.length + 4];
    System.arraycopy(options, 0, all, 0, options.length);
    all[options.length] = "-sS";
    all[options.length + 1] = "-o";
    all[options.length + 2] = "/dev/null";
    all[options.length + 3] = url;
    Tool.CURL.run(all).ok();
  }

  private static List<JsonObject> requests(ServiceProcess doorbell) {
    return doorbell
        .log()
        .lines()
        .filter(line -> line.endsWith("}"))
        .map(JsonObject::new)
        .filter(line -> line.getString("logger").equals("access"))
        .toList();
  }
}
