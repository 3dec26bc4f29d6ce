package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MistakesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "listen.host|a b|must be a host name or an IP address, such as 127.0.0.1, 0.0.0.0 or ::1",
        "listen.host|[::1]|must be a host name or an IP address, such as 127.0.0.1, 0.0.0.0 or ::1",
        "listen.port|65536|must be a whole number from 0 to 65535",
        "listen.port|-1|must be a whole number from 0 to 65535",
        "listen.port|http|must be a whole number from 0 to 65535",
        "loops|0|must be a whole number from 1 to 256",
        "loops|257|must be a whole number from 1 to 256",
        "poll.max_ns|10000001|must be a whole number from 0 to 10000000",
        "poll.grow|1|must be a whole number from 2 to 1024",
        "poll.shrink|-2|must be a whole number from 0 to 1024",
        "queue.entries|1|must be a whole number from 2 to 65536",
        "queue.entries|65537|must be a whole number from 2 to 65536",
        "queue.dma_arena|512KiB|must be a power of two from 1MiB to 1GiB",
        "queue.dma_arena|2GiB|must be a power of two from 1MiB to 1GiB",
        "queue.dma_arena|3MiB|must be a power of two from 1MiB to 1GiB",
        "queue.dma_arena|8388608TiB|is too large: sizes end below 8388608TiB",
        "queue.transfer|2KiB|must be a power of two from 4KiB to 2MiB",
        "queue.transfer|4MiB|must be a power of two from 4KiB to 2MiB",
        "queue.transfer|5000|must be a power of two from 4KiB to 2MiB",
        "queue.transfer|1MB|must be a size in bytes, such as 65536, 64KiB, 32MiB, 1GiB or 1TiB",
        "queue.window|0|must be a whole number from 1 to 64",
        "queue.window|65|must be a whole number from 1 to 64",
        "http.unaligned_writes|yes|must be true or false",
        "http.unaligned_writes|True|must be true or false",
        "http.max_write|-1|must be a size in bytes, such as 65536, 64KiB, 32MiB, 1GiB or 1TiB",
        "http.idle_timeout_s|86401|must be a whole number from 0 to 86400",
        "http.max_header_bytes|512|must be a size from 1KiB to 1MiB",
        "http.wait_ms|600001|must be a whole number from 0 to 600000",
        "block.merge|1|must be true or false",
        "block.read_errors|panic|must be report, ignore, stop or enospc",
        "block.write_cache|off|must be writeback, writethrough or none",
        "block.max_waiting|65537|must be a whole number from 0 to 65536",
        "block.burst_ms|0|must be a whole number from 1 to 60000",
        "vfio.unsafe_noiommu|1|must be true or false",
        "shutdown.grace_s|1.5|must be a whole number from 0 to 3600",
        "log.level|verbose|must be error, warn, info, debug or trace",
        "log.level|INFO|must be error, warn, info, debug or trace",
        "tracing.one_in|0|must be a whole number from 1 to 1000000",
        "tracing.otlp.endpoint|collector:4318|must be an address of HTTP without query, such as http://127.0.0.1:4318",
        "tracing.otlp.endpoint|http:///v1|must be an address of HTTP without query, such as http://127.0.0.1:4318",
        "tracing.otlp.endpoint|http://c/?a=b|must be an address of HTTP without query, such as http://127.0.0.1:4318",
        "tracing.otlp.endpoint|http://a b/|must be an address of HTTP without query, such as http://127.0.0.1:4318",
      })
  void namesKeyValueOriginAndRange(String key, String value, String allowed) {
    String expected = key + " = \"" + value + "\" (%s): " + allowed;
    String variable = "DOORBELL_" + key.replace('.', '_').toUpperCase(java.util.Locale.ROOT);

    assertEquals(
        List.of(String.format(expected, "option --set")),
        Load.withDrive().set(key + "=" + value).mistakes());
    assertEquals(
        List.of(String.format(expected, "environment variable " + variable)),
        Load.withDrive().environment(variable, value).mistakes());
    assertEquals(
        List.of(String.format(expected, "doorbell.yaml line 2")),
        Load.withDrive().yaml(directory, "\n" + key + ": '" + value + "'").mistakes());
  }

  @ParameterizedTest
  @CsvSource({
    "listen.port=0, listen.port=65535",
    "loops=1, loops=256",
    "poll.max_ns=0, poll.max_ns=10_000_000",
    "poll.shrink=0, poll.grow=1024",
    "queue.entries=3, queue.entries=65536",
    "queue.dma_arena=1MiB, queue.dma_arena=1GiB",
    "queue.transfer=4096, queue.transfer=2M",
    "queue.window=1, queue.window=64",
    "http.max_write=0, http.max_write=9223372036854775807",
    "http.max_header_bytes=1KiB, http.max_header_bytes=1MiB",
    "shutdown.grace_s=0, shutdown.grace_s=3600"
  })
  void takesTheEndsOfEachRange(String least, String most) throws Exception {
    Load.withDrive().set(least).get();
    Load.withDrive().set(most).get();
  }

  @Test
  void reportsAllMistakesOfAllLayersTogether() {
    List<String> mistakes =
        new Load()
            .yaml(directory, "loops: x\npol: 1")
            .environment("DOORBELL_LISTEN_PRT", "1")
            .listen("a:b:c")
            .set("poll.grow=0")
            .drive("file:x")
            .mistakes();

    assertEquals(6, mistakes.size(), mistakes::toString);
  }

  @Test
  void suggestsTheVariableMeant() {
    assertEquals(
        List.of(
            "DOORBELL_LISTEN_PRT = \"1\" (environment): unknown variable;"
                + " did you mean DOORBELL_LISTEN_PORT?",
            "DOORBELL_X = \"1\" (environment): unknown variable; allowed: DOORBELL_ and a key in"
                + " upper case, such as DOORBELL_LISTEN_PORT"),
        Load.withDrive()
            .environment("DOORBELL_X", "1")
            .environment("DOORBELL_LISTEN_PRT", "1")
            .mistakes());
  }

  @Test
  void suggestsTheKeyMeantByAnOption() {
    List<String> mistakes = Load.withDrive().set("pol.max_ns=0").set("frobnicate=1").mistakes();

    assertEquals(
        "pol.max_ns = \"0\" (option --set): unknown key; did you mean poll.max_ns?",
        mistakes.get(0));
    assertTrue(
        mistakes
            .get(1)
            .startsWith(
                "frobnicate = \"1\" (option --set): unknown key; allowed: listen.host, listen.port"),
        mistakes.get(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"loops", "=1", ""})
  void refusesAnAssignmentWithoutKeyOrValue(String assignment) {
    assertEquals(
        List.of("--set = \"" + assignment + "\": must be key=value, such as --set poll.max_ns=0"),
        Load.withDrive().set(assignment).mistakes());
  }

  @ParameterizedTest
  @ValueSource(strings = {":80", "host:", "::1:80", "a:b:80", "[::1:80"})
  void refusesAListenAddressThatCanBeReadInTwoWays(String address) {
    assertEquals(
        List.of(
            "--listen = \""
                + address
                + "\": must be HOST:PORT, [IPV6]:PORT or PORT, such as 0.0.0.0:8080, [::1]:8080 or"
                + " 8080"),
        Load.withDrive().listen(address).mistakes());
  }

  @Test
  void refusesAKeyGivenTwiceOnTheCommandLine() {
    assertEquals(
        List.of("listen.port = \"2\" (option --set): given twice, first by option --listen"),
        Load.withDrive().listen("1").set("listen.port=2").mistakes());
    assertEquals(
        List.of(
            "drives = \"" + Load.DRIVE + "\" (option --drive): given twice, first by option --set"),
        Load.withDrive().set("drives=emulated:null?size=4096").mistakes());
    assertEquals(
        List.of("drives = \"b\" (option --set): given twice, first by option --set"),
        new Load().set("drives=" + Load.DRIVE).set("drives=b").mistakes());
  }

  @Test
  void needsCertificateAndKeyTogether() throws Exception {
    Files.createFile(directory.resolve("a.pem"));

    assertEquals(
        List.of(
            "listen.tls.certificate = \"a.pem\" (option --set): needs listen.tls.key too; give both"
                + " or neither"),
        Load.withDrive().in(directory).set("listen.tls.certificate=a.pem").mistakes());
    assertEquals(
        List.of(
            "listen.tls.key = \"a.pem\" (option --set): needs listen.tls.certificate too; give both"
                + " or neither"),
        Load.withDrive().in(directory).set("listen.tls.key=a.pem").mistakes());
  }

  @Test
  void needsFilesThatCanBeRead() {
    assertEquals(
        List.of(
            "listen.tls.certificate = \"a.pem\" (option --set): no such file; must be a readable PEM"
                + " file",
            "listen.tls.key = \".\" (option --set): cannot be read; must be a readable PEM file"),
        Load.withDrive()
            .in(directory)
            .set("listen.tls.certificate=a.pem")
            .set("listen.tls.key=.")
            .mistakes());
  }

  @Test
  void needsRoomForTheWindowOfALongRequest() {
    assertEquals(
        List.of("queue.window = \"2\" (default): must be below queue.entries, 2 (option --set)"),
        Load.withDrive().set("queue.entries=2").mistakes());
    assertEquals(
        List.of(
            "queue.dma_arena = \"16MiB\" (default): must hold queue.window × queue.transfer, 128MiB;"
                + " raise it or lower those"),
        Load.withDrive().set("queue.window=64").set("queue.transfer=2MiB").mistakes());
  }

  @Test
  void showsAnExampleWhereNoDriveIsConfigured() {
    assertEquals(
        List.of(
            "drives: no drive is configured; try --drive 'emulated:memory?size=1GiB', or allowed: "
                + DriveUri.FORMS),
        new Load().mistakes());
  }

  @Test
  void saysWhichFileCannotBeReadAndNothingThatFollowsFromIt() throws Exception {
    Files.createDirectory(directory.resolve("dir"));
    Files.write(directory.resolve("binary"), new byte[] {(byte) 0xC3, 0x28});
    Files.write(directory.resolve("large"), new byte[1024 * 1024 + 1]);

    assertEquals(
        List.of("--config = \"none.yaml\": no such file; must be a YAML file"),
        new Load().in(directory).config("none.yaml").mistakes());
    assertEquals(
        List.of("DOORBELL_CONFIG = \"none.yaml\": no such file; must be a YAML file"),
        new Load().in(directory).environment("DOORBELL_CONFIG", "none.yaml").mistakes());
    String notOne = "\": is no configuration; must be a YAML file of up to 1MiB";
    assertEquals(
        List.of("--config = \"dir" + notOne), new Load().in(directory).config("dir").mistakes());
    assertEquals(
        List.of("--config = \"large" + notOne),
        new Load().in(directory).config("large").mistakes());
    assertEquals(
        List.of("--config = \"binary\": is not UTF-8; must be a YAML file"),
        new Load().in(directory).config("binary").mistakes());
  }

  @Test
  void keepsAMessageShortAndOnOneLine() {
    String message = new ConfigMistake("k", "a\nb" + "x".repeat(200), null, "p").message();

    assertEquals("k = \"a?b" + "x".repeat(97) + "…\": p", message);
  }

  @Test
  void joinsTheMistakesInTheMessageOfTheException() {
    ConfigException e =
        assertThrows(
            ConfigException.class, () -> Load.withDrive().set("a=1").set("loops=0").loaded());

    assertEquals(2, e.mistakes().size());
    assertEquals(2, e.getMessage().lines().count());
  }
}
