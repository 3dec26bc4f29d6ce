package dev.doorbell.service.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.http.TestService;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands that talk to a real service. */
class RemoteCommandsTest {
  private static TestService service;
  private static TestService zoned;
  private static TestService readOnly;

  @TempDir Path directory;

  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong time = new AtomicLong();
  private final List<Long> sleeps = new ArrayList<>();
  private byte[] input = {};
  private boolean terminal;

  @BeforeAll
  static void start() {
    service = TestService.start("emulated:memory?size=4MiB&lba_size=512");
    zoned = TestService.start("emulated:memory?size=4MiB&lba_size=512&zone_size=256KiB");
    readOnly = TestService.start("emulated:memory?size=1MiB&readonly=true");
  }

  @AfterAll
  static void stop() {
    service.close();
    zoned.close();
    readOnly.close();
  }

  private static String url(TestService of) {
    return "http://127.0.0.1:" + of.port();
  }

  @BeforeEach
  void address() {
    environment.put("DOORBELL_URL", url(service));
  }

  private int run(String... arguments) {
    Console console =
        new Console(
            new ByteArrayInputStream(input),
            bytes,
            terminal,
            false,
            80,
            () -> time.addAndGet(1_000_000),
            sleeps::add);
    Surroundings surroundings =
        new Surroundings(
            environment,
            directory,
            2,
            "1.2.3",
            directory,
            new PrintWriter(out),
            new PrintWriter(err, true),
            console);
    return new Cli(config -> 0, surroundings).run(arguments);
  }

  private void ok(String... arguments) {
    out.getBuffer().setLength(0);
    assertEquals(0, run(arguments), err::toString);
  }

  private byte[] random(int length) {
    byte[] random = new byte[length];
    new Random(length).nextBytes(random);
    return random;
  }

  @Test
  void listsNamespacesForPeopleAndPrograms() {
    ok("namespaces");
    assertEquals(
        """
        NAME     CONTROLLER   SIZE  BLOCK  STATE    MODE        SERIAL
        nvme0n1  nvme0       4 MiB  512 B  running  read-write  DOORBELL-NVME0
        """,
        out.toString());
    ok("namespaces", "-o", "json");
    assertEquals("nvme0n1", new JsonArray(out.toString()).getJsonObject(0).getString("name"));
    ok("namespaces", "nvme0n1", "-o", "json");
    assertEquals(4 << 20, new JsonObject(out.toString()).getInteger("capacity_bytes"));
    ok("namespaces", url(zoned) + "/v1/namespaces/nvme0n1");
    assertTrue(out.toString().contains("zone_size_bytes  "), out::toString);
  }

  @Test
  void writesAndReadsFilesAndStreams() throws Exception {
    byte[] data = random(1_500_000);
    Files.write(directory.resolve("in"), data);
    ok("write", "nvme0n1", "--offset", "4097", "in");
    assertEquals("1.4 MiB written at 4097, durable\n", out.toString());
    ok("read", "nvme0n1", "--offset=4097", "--length", "1500000", "out");
    assertArrayEquals(data, Files.readAllBytes(directory.resolve("out")));

    input = random(2_222_222);
    ok("write", "nvme0n1", "--offset", "1KiB", "-o", "json");
    assertEquals(input.length, new JsonObject(out.toString()).getInteger("bytes"));
    ok("read", url(service) + "/v1/namespaces/nvme0n1/data", "--offset", "1024");
    assertArrayEquals(input, Arrays.copyOf(bytes.toByteArray(), input.length));
    assertEquals((4 << 20) - 1024, bytes.size());
  }

  @Test
  void writesOverHttp1Too() {
    input = random(3_000_000);
    ok("write", "--http1", "nvme0n1", "--offset", "7");
    ok("read", "--http1", "nvme0n1", "--offset", "7", "--length", "3000000");
    assertArrayEquals(input, bytes.toByteArray());
  }

  @Test
  void saysHowMuchOfAStreamTooLongWasWritten() {
    input = random((4 << 20) + 5);
    assertEquals(1, run("write", "nvme0n1", "--offset", "512"));
    assertTrue(err.toString().contains("the first 4193792 were written"), err::toString);
  }

  @Test
  void copiesAndComparesBothWays() throws Exception {
    byte[] data = random(2_000_000);
    Arrays.fill(data, 500_000, 1_500_000, (byte) 0);
    Files.write(directory.resolve("a.img"), data);
    ok("copy", "a.img", "nvme0n1", "--verify", "-o", "json");
    JsonObject result = new JsonObject(out.toString());
    assertEquals(data.length, result.getInteger("bytes"));
    assertTrue(result.getBoolean("same"));
    assertEquals(data.length, result.getInteger("written") + result.getInteger("zeros"));
    ok("copy", "nvme0n1", "b.img");
    assertArrayEquals(
        data, Arrays.copyOf(Files.readAllBytes(directory.resolve("b.img")), data.length));

    input = new byte[] {1};
    ok("write", "nvme0n1", "--offset", "700000");
    out.getBuffer().setLength(0);
    assertEquals(3, run("copy", "a.img", "nvme0n1", "--compare"));
    assertTrue(out.toString().endsWith("a.img and nvme0n1 differ at byte 700000\n"), out::toString);
    ok("copy", "a.img", "nvme0n1", "--resume", "--verify");
    assertTrue(out.toString().contains("compared, all the same"), out::toString);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "read nvme9n9|1|there is no namespace 'nvme9n9'|'doorbell namespaces' lists what is served",
        "namespaces --url http://127.0.0.1:1|4|cannot reach http://127.0.0.1:1: Connection refused"
            + "|start a service there with 'doorbell serve'",
        "namespaces --url nonsense|2|'nonsense' is no address of a service|",
        "read sda|2|'sda' is no namespace; write nvme0n1 or http://127.0.0.1:8080/v1|",
        "read nvme0n1 --offset 5MiB|2|lie outside nvme0n1, which has 4194304|",
        "write nvme0n1 x|2|where to? name --offset|",
        "write nvme0n1 --offset 0 missing|2|there is no file missing|",
        "copy missing nvme0n1|2|there is no file missing|",
        "copy nvme0n1 nvme0n1|2|source and target are the same|",
        "copy --chunk 5000 nvme0n1 x|2|chunks of 5000 bytes; a power of two|",
        "zones nvme0n1|2|namespace nvme0n1 has no zones|",
        "bench nvme0n1 --reads 50|2|writes destroy what the namespace holds; say --overwrite|",
        "bench nvme0n1 --depth 0|2|--depth must be a whole number from 1 to 1024, not 0|",
        "logs nvme5|1|nvme5|'doorbell namespaces' lists what is served",
        "logs|2|Missing required parameter: 'CONTROLLER'|'doorbell logs --help' shows",
        "logs nvme0n1|2|'nvme0n1' is no controller; write nvme0|'doorbell logs --help' shows",
        "logs nvme0 SMART|2|'SMART' is no log; try smart|'doorbell logs --help' shows",
        "logs nvme0 telemetry|1|there is no log 'telemetry'; there are: changed-zones, effects,|",
        "logs nvme0 -o xml|2|unknown format xml; allowed: text, json|",
        "zones|2|Missing required parameter: 'NAMESPACE'|",
        "copy x|2|Missing required parameter: 'TARGET'|",
        "stats nvme0n1 -o xml|2|unknown format xml; allowed: text, json|",
        "completion fish|2|unknown shell fish; allowed: bash, zsh|"
      })
  void errorsSayWhatToDo(String line, int code, String error, String hint) {
    assertEquals(code, run(line.split(" ")), err::toString);
    List<String> lines = err.toString().lines().toList();
    assertTrue(lines.get(0).startsWith("doorbell: error: "), err::toString);
    assertTrue(lines.get(0).contains(error), err::toString);
    assertTrue(lines.get(1).startsWith("hint: " + (hint == null ? "" : hint)), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  void readOnlyNamespacesAreLeftAlone() throws Exception {
    Files.write(directory.resolve("a"), random(512));
    String target = url(readOnly) + "/v1/namespaces/nvme0n1";
    assertEquals(1, run("copy", "a", target));
    assertTrue(err.toString().contains("namespace nvme0n1 is read-only"), err::toString);
    assertEquals(1, run("write", target, "--offset", "0", "a"));
  }

  @Test
  void doesNotCopyAFileOntoItself() throws Exception {
    byte[] data = random(5000);
    Path file = Files.write(directory.resolve("a"), data);
    Files.createLink(directory.resolve("b"), file);
    assertEquals(2, run("copy", "a", "b"));
    assertArrayEquals(data, Files.readAllBytes(file));
  }

  @Test
  void doesNotPrintBytesOnATerminal() {
    terminal = true;
    assertEquals(2, run("read", "nvme0n1"));
    assertTrue(err.toString().contains("standard output is a terminal"), err::toString);
    assertEquals(0, bytes.size());
  }

  @Test
  void drawsZones() {
    environment.put("DOORBELL_URL", url(zoned));
    ok("zones", "nvme0n1");
    assertEquals(
        """
        nvme0n1: 16 zones of 256 KiB, 0 B of 4 MiB written

           0 ................

        . empty 16
        """,
        out.toString());
    terminal = true;
    ok("zones", "nvme0n1");
    assertTrue(out.toString().contains("\u001b["), out::toString);
    environment.put("NO_COLOR", "1");
    ok("zones", "nvme0n1");
    assertFalse(out.toString().contains("\u001b["), out::toString);
    ok("zones", "nvme0n1", "-o", "json");
    assertEquals(16, new JsonArray(out.toString()).size());
    ok("zones", "nvme0n1", "--list");
    assertEquals(17, out.toString().lines().count());
  }

  @Test
  void measuresAndTellsWhatWasDone() {
    ok("bench", "nvme0n1", "--reads=50", "--overwrite", "--seconds=1", "--depth=4", "-o", "json");
    JsonObject result = new JsonObject(out.toString());
    long reads = result.getJsonObject("read").getLong("requests");
    assertTrue(reads > 0 && result.getJsonObject("write").getLong("requests") > 0);
    assertTrue(result.getJsonObject("read").getLong("p99_ns") > 0);
    ok("bench", "nvme0n1", "--seconds", "1");
    assertTrue(out.toString().startsWith("4 KiB at depth 16 for "), out::toString);

    ok("stats", "nvme0n1");
    assertTrue(out.toString().startsWith("nvme0n1: 0 in flight"), out::toString);
    assertTrue(out.toString().contains("\nread  "), out::toString);
    ok("stats", "nvme0n1", "-o", "json");
    JsonObject counts = new JsonObject(out.toString()).getJsonObject("operations");
    assertTrue(counts.getJsonObject("read").getLong("done") >= reads);
  }

  @Test
  void watchesInIntervals() {
    ok("stats", "nvme0n1", "--watch", "3", "--count", "2");
    assertEquals(2, out.toString().lines().count(), out::toString);
    assertTrue(out.toString().startsWith("idle   (0 in flight)\n"), out::toString);
    assertEquals(List.of(3_000_000_000L, 3_000_000_000L), sleeps);
  }

  @Test
  void completesCommandsAndOptions() throws Exception {
    ok("completion", "bash");
    Path script = Files.writeString(directory.resolve("script"), out.toString());
    String check =
        ". "
            + script
            + "; COMP_WORDS=(doorbell copy --ver); COMP_CWORD=2; _complete_doorbell;"
            + " printf '%s\\n' \"${COMPREPLY[@]}\"";
    assertEquals(0, new ProcessBuilder("bash", "-n", script.toString()).start().waitFor());
    Process bash = new ProcessBuilder("bash", "-c", check).start();
    String replies = new String(bash.getInputStream().readAllBytes());
    assertEquals(0, bash.waitFor(), replies);
    assertEquals("--verify\n", replies);
  }
}
