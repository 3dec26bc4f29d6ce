package dev.doorbell.service.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.http.TestService;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code doorbell logs} of drives that a real service serves. */
class LogsCommandTest {
  @TempDir Path directory;

  private TestService service;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void start() {
    service = TestService.start("emulated:memory?size=1MiB&lba_size=512&zone_size=256KiB");
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private int run(String... arguments) {
    Console console =
        new Console(
            new ByteArrayInputStream(new byte[0]),
            new ByteArrayOutputStream(),
            false,
            false,
            80,
            () -> 0,
            nanos -> {});
    Surroundings surroundings =
        new Surroundings(
            Map.of("DOORBELL_URL", "http://127.0.0.1:" + service.port()),
            directory,
            2,
            "1.2.3",
            directory,
            new PrintWriter(out),
            new PrintWriter(err, true),
            console);
    return new Cli(config -> 0, surroundings).run(arguments);
  }

  private String ok(String... arguments) {
    out.getBuffer().setLength(0);
    assertEquals(0, run(arguments), err::toString);
    return out.toString();
  }

  /** A block written to a byte offset; returns the answer's status. */
  private int write(long offset) throws Exception {
    URI data = URI.create("http://127.0.0.1:" + service.port() + "/v1/namespaces/nvme0n1/data");
    HttpRequest put =
        HttpRequest.newBuilder(data)
            .header("Content-Range", "bytes " + offset + "-" + (offset + 511) + "/*")
            .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[512]))
            .build();
    return HttpClient.newHttpClient()
        .send(put, HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private JsonObject json(String log) {
    return new JsonObject(ok("logs", "nvme0", log, "-o", "json"));
  }

  @Test
  void smartIsShownUnlessAnotherIsNamed() throws Exception {
    assertEquals(204, write(0));
    String text =
        """
        critical_warning                   0
        warnings                           none
        temperature_celsius                40
        available_spare_percent            100
        available_spare_threshold_percent  10
        percentage_used                    0
        data_read_bytes                    0
        data_written_bytes                 512000 (500 KiB)
        host_read_commands                 0
        host_write_commands                1
        controller_busy_minutes            0
        power_cycles                       1
        power_on_hours                     0
        unsafe_shutdowns                   0
        media_errors                       0
        error_log_entries                  0
        warning_temperature_minutes        0
        critical_temperature_minutes       0
        temperature_sensors                none
        """;
    assertEquals(text, ok("logs", "nvme0"));
    assertEquals(text, ok("logs", "nvme0", "smart"));
    JsonObject smart = json("smart");
    assertEquals(19, smart.size(), smart::encode);
    assertEquals(1, smart.getInteger("host_write_commands"));
    assertEquals(512_000, smart.getInteger("data_written_bytes"));
  }

  @Test
  void errorsAreListedWithTheLatestFirst() throws Exception {
    assertEquals("errors  none\n", ok("logs", "nvme0", "error"));
    assertEquals(new JsonArray(), json("error").getJsonArray("errors"));

    assertEquals(409, write(4096));
    assertEquals(409, write(266_240));
    List<String> lines = ok("logs", "nvme0", "error").lines().toList();
    assertEquals(4, lines.size(), out::toString);
    assertEquals("errors", lines.get(0));
    assertTrue(
        lines.get(1).matches(" +NUMBER +QUEUE +COMMAND +NSID +LBA +SCT +SC +STATUS_NAME"),
        lines.get(1));
    assertTrue(lines.get(2).matches(" +2 .* 520 +1 +188 +Zone Invalid Write"), lines.get(2));
    assertTrue(lines.get(3).matches(" +1 .* 8 +1 +188 +Zone Invalid Write"), lines.get(3));
    JsonArray errors = json("error").getJsonArray("errors");
    assertEquals(520, errors.getJsonObject(0).getInteger("lba"));
    assertEquals("Zone Invalid Write", errors.getJsonObject(1).getString("status_name"));
  }

  @Test
  void otherLogsAreTablesToo() {
    assertEquals(
        """
        running  1.0
        slots
          SLOT  REVISION
             1       1.0
        """,
        ok("logs", "nvme0", "firmware"));
    assertEquals("1.0", json("firmware").getString("running"));
    assertEquals(
        """
        namespaces
          NAMESPACE  TOO_MANY  ZONES
          nvme0n1    false     none
        """,
        ok("logs", "nvme0", "changed-zones"));
    assertEquals(
        "nvme0n1",
        json("changed-zones").getJsonArray("namespaces").getJsonObject(0).getString("namespace"));
    String effects = ok("logs", "nvme0", "effects");
    assertTrue(
        effects.startsWith("admin\n  OPCODE  CHANGES_BLOCKS  CHANGES_CAPABILITIES\n"), effects);
    assertTrue(effects.contains("\nio\n"), effects);
    assertTrue(effects.contains("\n    0x01  true            false\n"), effects);
    JsonObject write = json("effects").getJsonArray("io").getJsonObject(1);
    assertEquals("0x01", write.getString("opcode"));
    assertEquals(true, write.getBoolean("changes_blocks"));
  }
}
