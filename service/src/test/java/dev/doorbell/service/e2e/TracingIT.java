package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spans of requests reach a collector, if there shall be any. */
class TracingIT {
  private static final String DRIVE = "emulated:memory?size=1MiB";
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final long SERVER = 2;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"--http2-prior-knowledge", "--http1.1"})
  void eachRequestForAResourceIsASpan(String version) {
    try (OtlpCollector collector = new OtlpCollector();
        ServiceProcess doorbell =
            serve("tracing.otlp.endpoint=" + collector.address(), "log.format=json")) {
      String traceparent = "traceparent: 00-" + TRACE + "-" + PARENT + "-01";
      curl(doorbell.data(), version, "-r", "0-99", "-H", traceparent);
      curl(doorbell.data(), version, "-r", "9999999-");
      curl(doorbell.url("/livez"), version);
      doorbell.stop();

      assertEquals(2, collector.spans().size(), () -> collector.spans() + doorbell.log());
      OtlpCollector.Span read = collector.spans().get(0);
      assertEquals(TRACE, read.trace());
      assertEquals(PARENT, read.parent());
      assertEquals("GET", read.name());
      assertEquals(SERVER, read.kind());
      assertEquals("/v1/namespaces/nvme0n1/data", read.attributes().get("url.path"));
      assertEquals("bytes=0-99", read.attributes().get("http.request.header.range"));
      assertEquals(206L, read.attributes().get("http.response.status_code"));

      OtlpCollector.Span refused = collector.spans().get(1);
      assertNotEquals(TRACE, refused.trace());
      assertEquals("", refused.parent());
      assertEquals(416L, refused.attributes().get("http.response.status_code"));
      assertNull(refused.attributes().get("error.type"));
      assertEquals("doorbell", collector.resource().get("service.name"));
      assertFalse(doorbell.log().contains("\"level\":\"WARN\""), doorbell::log);
    }
  }

  @Test
  void whatTheClientDoesNotWantRecordedIsNot() {
    try (OtlpCollector collector = new OtlpCollector();
        ServiceProcess doorbell = serve("tracing.otlp.endpoint=" + collector.address())) {
      curl(doorbell.data(), "-r", "0-99", "-H", "traceparent: 00-" + TRACE + "-" + PARENT + "-00");
      doorbell.stop();
      assertEquals(List.of(), collector.spans());
    }
  }

  /** Requests are served and the end is orderly; the log tells, in the service's own format. */
  @Test
  void aCollectorThatIsAwayHoldsNothingUp() {
    String away;
    try (OtlpCollector collector = new OtlpCollector()) {
      away = collector.address();
    }
    try (ServiceProcess doorbell = serve("tracing.otlp.endpoint=" + away, "log.format=json")) {
      curl(doorbell.data(), "-r", "0-99");
      doorbell.until("it says so", () -> doorbell.log().contains("Failed to export"));
      curl(doorbell.data(), "-r", "0-99");
      doorbell.stop();
      assertTrue(
          doorbell.log().lines().allMatch(line -> line.startsWith("{") && line.endsWith("}")),
          doorbell::log);
    }
  }

  @Test
  void nothingOfItIsLoadedUntilToldOtherwise() throws IOException {
    Path classes = directory.resolve("classes");
    Map<String, String> environment =
        Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + classes);
    try (ServiceProcess doorbell = ServiceProcess.serve(directory, environment, "--drive", DRIVE)) {
      curl(doorbell.data(), "-r", "0-99");
      doorbell.stop();
    }
    String loaded = Files.readString(classes);
    assertTrue(loaded.contains("dev.doorbell.service.http.DataHandler"), "classes are logged");
    assertFalse(loaded.contains("io.opentelemetry."), "OpenTelemetry was loaded");
  }

  private ServiceProcess serve(String... settings) {
    Object[] options = new Object[2 + 2 * settings.length];
    options[0] = "--drive";
    options[1] = DRIVE;
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
}
