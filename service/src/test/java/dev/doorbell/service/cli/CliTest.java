package dev.doorbell.service.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.config.LogLevel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CliTest {
  private static final String DRIVE = "emulated:memory?size=1MiB";

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Map<String, String> environment = new HashMap<>();
  private DoorbellConfig served;

  private int run(String... arguments) {
    return run(
        config -> {
          served = config;
          return 0;
        },
        arguments);
  }

  private int run(Server server, String... arguments) {
    Surroundings surroundings =
        new Surroundings(
            environment,
            directory,
            4,
            "1.2.3",
            directory,
            new PrintWriter(out),
            new PrintWriter(err, true));
    return new Cli(server, surroundings).run(arguments);
  }

  private List<String> errors() {
    return err.toString().lines().toList();
  }

  @Test
  void servesWhatTheOptionsSay() throws Exception {
    Files.writeString(directory.resolve("d.yaml"), "loops: 3\npoll: {grow: 3}\n");
    Files.createFile(directory.resolve("a.pem"));

    int code =
        run(
            "serve",
            "-c",
            "d.yaml",
            "-d",
            DRIVE,
            "--drive=emulated:null?size=4KiB",
            "-l",
            "[::1]:9000",
            "--loops=5",
            "--tls-certificate",
            "a.pem",
            "--tls-key",
            "a.pem",
            "--log-level",
            "warn",
            "--unsafe-noiommu",
            "--set",
            "poll.max_ns=0",
            "--set=queue.window=3");

    assertEquals("", err.toString());
    assertEquals(0, code);
    assertEquals("::1", served.listen().host());
    assertEquals(9000, served.listen().port());
    assertEquals(directory.resolve("a.pem"), served.listen().tls().orElseThrow().key());
    assertEquals(5, served.loops());
    assertEquals(new DoorbellConfig.Poll(0, 3, 2), served.poll());
    assertEquals(3, served.queue().window());
    assertEquals(LogLevel.WARN, served.log().level());
    assertTrue(served.vfio().unsafeNoIommu());
    assertEquals(2, served.drives().size());
  }

  @Test
  void takesWhatIsNotGivenFromTheSurroundings() {
    environment.put("DOORBELL_DRIVES", DRIVE);

    assertEquals(0, run("serve"));
    assertEquals(4, served.loops());
  }

  @Test
  void endsWithTheCodeOfTheServer() {
    assertEquals(7, run(config -> 7, "serve", "-d", DRIVE));
  }

  @Test
  void reportsEveryMistakeAndServesNothing() {
    int code = run("serve", "--loops", "0", "--listen", "x:y:z", "--set", "lop=1");

    assertEquals(2, code);
    assertNull(served);
    assertEquals(5, errors().size(), err::toString);
    for (String error : errors().subList(0, 4)) {
      assertTrue(error.startsWith("doorbell: error: "), error);
    }
    assertEquals(
        "hint: nothing was started; check a correction with 'doorbell config'", errors().get(4));
    assertEquals("", out.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "serve --loop=2|unknown option --loop=2|did you mean --loops or --log-level?",
        "serve --wrong|unknown option --wrong|'doorbell serve --help' shows what is possible",
        "serve x|unexpected argument x|'doorbell serve --help' shows what is possible",
        "serv|unexpected argument serv|did you mean serve?",
        "serve --loops|Missing required parameter for option '--loops' (N)|'doorbell serve --help'"
            + " shows what is possible",
        "serve --loops 1 --loops 2|option '--loops' (N) should be specified only once|'doorbell"
            + " serve --help' shows what is possible",
      })
  void explainsAWrongCommandLine(String line, String error, String hint) {
    assertEquals(2, run(line.split(" ")));
    assertEquals(List.of("doorbell: error: " + error, "hint: " + hint), errors());
  }

  @Test
  void asksForACommand() {
    assertEquals(2, run());
    assertEquals(
        List.of(
            "doorbell: error: a command is missing, such as serve or copy",
            "hint: 'doorbell --help' shows what is possible"),
        errors());
  }

  @Test
  void reportsAFailureOfTheServiceInOneLine() {
    Server failing =
        config -> {
          throw new IllegalStateException("port 8080 is taken");
        };

    assertEquals(1, run(failing, "serve", "-d", DRIVE));
    assertEquals(
        List.of(
            "doorbell: error: port 8080 is taken", "hint: --log-level debug logs the stack trace"),
        errors());
  }

  @Test
  void namesAFailureThatHasNoMessage() {
    Server failing =
        config -> {
          throw new NullPointerException();
        };

    assertEquals(1, run(failing, "serve", "-d", DRIVE));
    assertEquals("doorbell: error: NullPointerException", errors().get(0));
  }

  @Test
  void printsTheConfigurationSoThatItCanBeReadBack() throws Exception {
    assertEquals(0, run("config", "-d", DRIVE, "-l", "9000"));
    assertEquals("", err.toString());
    assertTrue(
        out.toString().contains("  port: 9000                            # option --listen"));

    Files.writeString(directory.resolve("d.yaml"), out.toString());
    assertEquals(0, run("serve", "-c", "d.yaml"));
    assertEquals(9000, served.listen().port());
  }

  @Test
  void checksTheConfigurationAsServeDoes() {
    assertEquals(2, run("config"));
    assertTrue(errors().get(0).startsWith("doorbell: error: drives: no drive is configured; try"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void showsTheVersion(String option) {
    assertEquals(0, run(option));
    assertEquals("doorbell 1.2.3", out.toString().trim());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "serve --help",
        "config -h",
        "devices -h",
        "namespaces -h",
        "read -h",
        "write -h",
        "copy -h",
        "zones -h",
        "stats -h",
        "bench -h",
        "logs -h",
        "completion -h"
      })
  void helpFitsOneScreenAndEndsWithExamples(String line) {
    assertEquals(0, run(line.split(" ")));
    List<String> lines = out.toString().lines().toList();

    assertTrue(lines.size() <= 25, lines.size() + " lines");
    for (String text : lines) {
      assertTrue(text.length() <= 80, text);
    }
    assertTrue(lines.indexOf("Examples:") >= lines.size() - 4, out::toString);
    assertTrue(lines.get(lines.size() - 1).startsWith("  doorbell "), out::toString);
  }

  @Test
  void helpOfServeIsAsDesigned() {
    run("serve", "--help");

    assertEquals(
        """
        Serves drives until the process is told to end.

        Usage: doorbell serve [OPTIONS]

        Options:
          -c, --config=FILE            YAML file to read first.
          -d, --drive=URI              Drive to serve, see below; repeat for more.
          -l, --listen=ADDRESS         HOST:PORT or PORT; default: 127.0.0.1:8080.
              --loops=N                Event loops; default: as many as processors.
              --tls-certificate=FILE   PEM certificate chain; serves TLS, with the key.
              --tls-key=FILE           PEM private key.
              --zone-meta=POLICY       keep (default), or reinitialize what is refused.
              --unsafe-noiommu         Let drives reach all memory: no IOMMU.
              --log-level=LEVEL        error, warn, info (default), debug or trace.
              --set=KEY=VALUE          Set any key that 'doorbell config' shows.
          -h, --help                   Show this help.

        Drives: emulated:PATH?size=1GiB&lba_size=4096&readonly=true (an image file),
          emulated:memory?size=SIZE, emulated:null?size=SIZE, nvme://dddd:bb:dd.f/NSID
        Later wins: defaults, file (--config or DOORBELL_CONFIG), environment (such as
          DOORBELL_LISTEN_PORT, DOORBELL_DRIVES), options. 'doorbell config' shows all.

        Examples:
          doorbell serve -d 'emulated:memory?size=1GiB' -l 0.0.0.0:8080
          doorbell serve -c /etc/doorbell.yaml --log-level debug
        """,
        out.toString());
  }

  @Test
  void helpNamesTheCommands() {
    run("--help");

    assertTrue(out.toString().startsWith("Serves byte ranges of NVMe drives over HTTP/2, and "));
    assertTrue(out.toString().contains("Usage: doorbell COMMAND [OPTIONS]"));
    assertTrue(out.toString().contains("\n  serve       Serves drives until"), out::toString);
    assertTrue(out.toString().contains("\n  config      Checks the configuration"), out::toString);
    assertTrue(out.toString().contains("\n  devices     Lists the NVMe contr"), out::toString);
    assertTrue(
        out.toString().contains("\n  copy        Copies a file or namespace"), out::toString);
    assertTrue(out.toString().contains("\nExit codes: 0 done, 1 failed, 2 wrong"), out::toString);
  }
}
