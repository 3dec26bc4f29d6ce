package dev.doorbell.api;

import dev.doorbell.service.DoorbellServer;
import dev.doorbell.service.config.ConfigException;
import dev.doorbell.service.config.ConfigLoader;
import dev.doorbell.service.config.ConfigSources;
import dev.doorbell.service.config.Overrides;
import dev.doorbell.service.drive.Drive;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Services in this process, each in a state that some answers need. */
final class Services implements AutoCloseable {
  /** The states. */
  enum Kind {
    /** As configured by default, on two drives in memory, the second write protected. */
    PLAIN,
    /** Without unaligned writes, and with a limit for others. */
    STRICT,
    /** Its memory is held by writes that its drive does not answer. */
    BUSY,
    /** Its drive fails every command: the image behind it was cut off. */
    DAMAGED,
    /** Zoned drives in memory, the second write protected; the third is conventional. */
    ZONED,
    /** A zoned drive that fails every write: the image behind it was cut off. */
    ZONED_DAMAGED,
    /** It may be told to fail, and does not wait long for its drive. */
    FAULTY,
    /** Its controller has gone. */
    GONE
  }

  private static final String MEMORY = "emulated:memory?size=16MiB&lba_size=4096";

  private final Map<Kind, DoorbellServer> servers = new EnumMap<>(Kind.class);

  /**
   * Starts them.
   *
   * @param directory for images
   */
  Services(Path directory) throws IOException, ConfigException {
    try {
      servers.put(
          Kind.PLAIN,
          start(
              directory,
              overrides()
                  .drive(MEMORY)
                  .drive("emulated:memory?size=1MiB&lba_size=512&readonly=true")));
      servers.put(
          Kind.STRICT,
          start(
              directory,
              overrides()
                  .drive(MEMORY)
                  .assign("http.unaligned_writes=false")
                  .assign("http.max_buffered=64KiB")
                  .assign("http.max_write=64KiB")));
      servers.put(
          Kind.BUSY,
          start(
              directory,
              overrides()
                  .drive(MEMORY)
                  .assign("http.wait_ms=0")
                  .assign("queue.dma_arena=1MiB")
                  .assign("queue.transfer=128KiB")
                  .assign("queue.window=8")
                  .assign("queue.timeout_ms=600000")
                  .assign("emulated.fault_injection=true")));
      servers.put(
          Kind.ZONED,
          start(
              directory,
              overrides()
                  .drive(
                      "emulated:memory?size=16MiB&zone_size=1MiB&zone_capacity=768KiB"
                          + "&offline_zones=1&read_only_zones=2")
                  .drive("emulated:memory?size=4MiB&zone_size=1MiB&readonly=true")
                  .drive(MEMORY)
                  .assign("http.max_write=64KiB")));
      servers.put(
          Kind.ZONED_DAMAGED,
          start(directory, overrides().drive("emulated:zoned?size=4MiB&zone_size=1MiB")));
      try (FileChannel image =
          FileChannel.open(directory.resolve("zoned"), StandardOpenOption.WRITE)) {
        image.truncate(0);
      }
      servers.put(
          Kind.FAULTY,
          start(
              directory,
              overrides()
                  .drive(MEMORY)
                  .assign("emulated.fault_injection=true")
                  .assign("api.passthrough=true")
                  .assign("queue.timeout_ms=64")));
      servers.put(
          Kind.GONE,
          start(
              directory,
              overrides()
                  .drive(MEMORY)
                  .assign("emulated.fault_injection=true")
                  .assign("api.passthrough=true")));
      lose(servers.get(Kind.GONE).drives().get(0));
      servers.put(
          Kind.DAMAGED,
          start(directory, overrides().drive("emulated:image?size=1MiB&lba_size=4096")));
      try (FileChannel image =
          FileChannel.open(directory.resolve("image"), StandardOpenOption.WRITE)) {
        image.truncate(0);
      }
    } catch (IOException | ConfigException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  int port(Kind kind) {
    return servers.get(kind).port();
  }

  @Override
  public void close() {
    servers.values().forEach(DoorbellServer::close);
  }

  /** Pulls a drive out, and waits until that has been noticed. */
  private static void lose(Drive drive) {
    drive.faults().orElseThrow().inject(Map.of("fault", "disappear"));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!drive.state().equals("failed")) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("the controller is still " + drive.state());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  /** One loop, so that all requests share its memory. */
  private static Overrides overrides() {
    return new Overrides().listen("127.0.0.1:0").assign("loops=1").assign("log.level=warn");
  }

  private static DoorbellServer start(Path directory, Overrides overrides) throws ConfigException {
    return DoorbellServer.start(
        ConfigLoader.load(new ConfigSources(Optional.empty(), Map.of(), overrides, directory, 1))
            .config());
  }
}
