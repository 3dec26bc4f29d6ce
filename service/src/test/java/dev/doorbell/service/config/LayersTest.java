package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayersTest {
  @TempDir Path directory;

  @Test
  void hasTheDocumentedDefaults() throws Exception {
    DoorbellConfig config = Load.withDrive().get();

    assertEquals(new DoorbellConfig.Listen("127.0.0.1", 8080, Optional.empty()), config.listen());
    assertEquals(2, config.loops());
    assertEquals(new DoorbellConfig.Poll(200_000, 2, 2), config.poll());
    assertEquals(new DoorbellConfig.Queue(128, 16 << 20, 128 << 10, 2, 30_000), config.queue());
    assertEquals(
        new DoorbellConfig.Http(true, 0, 4 << 20, 60, 30, 256, 4 << 20, 16384, 10_000),
        config.http());
    assertEquals(new DoorbellConfig.Shutdown(30), config.shutdown());
    assertEquals(new DoorbellConfig.Log(LogLevel.INFO, LogFormat.TEXT, false), config.log());
    assertEquals(new DoorbellConfig.Tracing(Optional.empty(), 1), config.tracing());
    assertEquals(
        List.of(
            new EmulatedDrive(
                "nvme0", List.of(new NamespaceConfig(new Backing.Memory(), 1 << 20, 4096, false)))),
        config.drives());
  }

  @Test
  void takesNoMoreLoopsThanAllowedFromALargeMachine() throws Exception {
    Overrides drive = new Overrides().drive(Load.DRIVE);
    ConfigSources sources =
        new ConfigSources(Optional.empty(), java.util.Map.of(), drive, directory, 1024);

    assertEquals(256, ConfigLoader.load(sources).config().loops());
  }

  @Test
  void laterLayersHideEarlierOnesKeyByKey() throws Exception {
    Load load =
        new Load()
            .yaml(
                directory,
                """
                loops: 3
                poll: {max_ns: 3, grow: 3, shrink: 3}
                drives: ["emulated:memory?size=3MiB"]
                """)
            .environment("DOORBELL_POLL_GROW", "4")
            .environment("DOORBELL_POLL_SHRINK", "4")
            .environment("DOORBELL_DRIVES", " emulated:memory?size=4MiB\temulated:null?size=4MiB ")
            .set("poll.shrink=5");

    DoorbellConfig config = load.get();

    assertEquals(3, config.loops());
    assertEquals(new DoorbellConfig.Poll(3, 4, 5), config.poll());
    assertEquals(List.of("nvme0", "nvme1"), config.drives().stream().map(Drive::name).toList());
    assertEquals(1, load.drive(Load.DRIVE).get().drives().size());
  }

  @Test
  void anOverriddenValueIsNotLookedAt() throws Exception {
    Load load = Load.withDrive().environment("DOORBELL_LOOPS", "many").set("loops=7");

    assertEquals(7, load.get().loops());
  }

  @ParameterizedTest
  @CsvSource({
    "DOORBELL_LISTEN_PORT, 1, listen.port",
    "DOORBELL_POLL_MAX_NS, 7, poll.max_ns",
    "DOORBELL_QUEUE_DMA_ARENA, 64MiB, queue.dma_arena",
    "DOORBELL_HTTP_UNALIGNED_WRITES, false, http.unaligned_writes",
    "DOORBELL_LOG_LEVEL, trace, log.level",
    "DOORBELL_SHUTDOWN_GRACE_S, 1, shutdown.grace_s"
  })
  void readsTheVariableOfAKey(String variable, String value, String key) throws Exception {
    LoadedConfig loaded = Load.withDrive().environment(variable, value).loaded();

    assertEquals(
        new LoadedConfig.Value(value, Origin.environment(variable)), loaded.values().get(key));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"PATH", "DOORBELL_SERVICE_HOST", "DOORBELL_PORT", "DOORBELL_PORT_8080_TCP_ADDR"})
  void leavesVariablesAloneThatAreNotItsOwn(String variable) throws Exception {
    Load.withDrive().environment(variable, "tcp://10.0.0.1:8080").get();
  }

  @Test
  void takesAnEmptyVariableForNone() throws Exception {
    DoorbellConfig config =
        Load.withDrive()
            .environment("DOORBELL_LOOPS", "")
            .environment("DOORBELL_CONFIG", "")
            .environment("DOORBELL_DRIVES", "")
            .get();

    assertEquals(2, config.loops());
  }

  @Test
  void readsTheFileTheEnvironmentNamesUnlessAnOptionNamesOne() throws Exception {
    Files.writeString(directory.resolve("a.yaml"), "loops: 3");
    Files.writeString(directory.resolve("b.yaml"), "loops: 4");
    Load load = Load.withDrive().in(directory).environment("DOORBELL_CONFIG", "a.yaml");

    assertEquals(3, load.get().loops());
    assertEquals(4, load.config("b.yaml").get().loops());
  }

  @ParameterizedTest
  @CsvSource({
    "9000, 127.0.0.1, 9000",
    "0.0.0.0:80, 0.0.0.0, 80",
    "[::1]:8080, ::1, 8080",
    "localhost:0, localhost, 0"
  })
  void readsTheListenAddress(String address, String host, int port) throws Exception {
    DoorbellConfig.Listen listen = Load.withDrive().listen(address).get().listen();

    assertEquals(new DoorbellConfig.Listen(host, port, Optional.empty()), listen);
  }

  @Test
  void keepsTheHostOfALowerLayerWhereOnlyAPortIsGiven() throws Exception {
    Load load = Load.withDrive().environment("DOORBELL_LISTEN_HOST", "::").listen("1");

    assertEquals("::", load.get().listen().host());
  }

  @Test
  void resolvesRelativePathsWhereTheyWereWritten() throws Exception {
    Path etc = Files.createDirectory(directory.resolve("etc"));
    for (String file : List.of("etc/cert.pem", "key.pem")) {
      Files.createFile(directory.resolve(file));
    }
    Files.writeString(
        etc.resolve("doorbell.yaml"),
        """
        listen.tls.certificate: cert.pem
        drives: ["emulated:./disk.img?size=1MiB"]
        """);
    Load load = new Load().in(directory).config("etc/doorbell.yaml").set("listen.tls.key=key.pem");

    assertEquals(
        new DoorbellConfig.Tls(etc.resolve("cert.pem"), directory.resolve("key.pem")),
        load.get().listen().tls().orElseThrow());
    EmulatedDrive drive = (EmulatedDrive) load.get().drives().get(0);
    assertEquals(new Backing.Image(etc.resolve("disk.img")), drive.namespaces().get(0).backing());
    EmulatedDrive option =
        (EmulatedDrive) load.drive("emulated:disk.img?size=1MiB").get().drives().get(0);
    assertEquals(
        new Backing.Image(directory.resolve("disk.img")), option.namespaces().get(0).backing());
  }
}
