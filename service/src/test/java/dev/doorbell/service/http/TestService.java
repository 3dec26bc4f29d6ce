package dev.doorbell.service.http;

import dev.doorbell.device.Device;
import dev.doorbell.service.DoorbellServer;
import dev.doorbell.service.config.ConfigException;
import dev.doorbell.service.config.ConfigLoader;
import dev.doorbell.service.config.ConfigSources;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.config.Overrides;
import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.drive.DriveOpener;
import io.vertx.core.http.HttpVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** A whole service in the test's process, on a free port, and clients of it. */
public final class TestService implements AutoCloseable {
  static final String MEMORY_1_MIB = "emulated:memory?size=1MiB&lba_size=512";

  private final DoorbellServer server;
  private final List<Client> clients = new ArrayList<>();
  private Client observer;

  private TestService(DoorbellServer server) {
    this.server = server;
  }

  /** Serves a drive; settings as in {@code --set}. */
  public static TestService start(String drive, String... settings) {
    return new TestService(DoorbellServer.start(config(drive, settings)));
  }

  /** Serves all namespaces of a controller, which is closed with the service. */
  static TestService start(Device controller, String... settings) {
    DoorbellConfig config = config(MEMORY_1_MIB, settings);
    return new TestService(
        DoorbellServer.start(
            config, events -> List.of(DriveOpener.adopt(config, "nvme0", controller, events))));
  }

  /** Serves several drives. */
  static TestService start(List<String> drives, String... settings) {
    return new TestService(DoorbellServer.start(config(drives, settings)));
  }

  static DoorbellConfig config(String drive, String... settings) {
    return config(List.of(drive), settings);
  }

  private static DoorbellConfig config(List<String> drives, String... settings) {
    Overrides overrides = new Overrides();
    drives.forEach(overrides::drive);
    if (List.of(settings).stream().noneMatch(s -> s.startsWith("listen.port="))) {
      overrides.assign("listen.port=0");
    }
    List.of(settings).forEach(overrides::assign);
    try {
      return ConfigLoader.load(
              new ConfigSources(
                  Optional.empty(), Map.of(), overrides, Path.of("").toAbsolutePath(), 2))
          .config();
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e.mistakes().toString(), e);
    }
  }

  /** The first drive that is served. */
  Drive drive() {
    return server.drives().get(0);
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** A client, closed with the service. */
  Client client(HttpVersion version) {
    Client client = new Client(server.port(), version);
    clients.add(client);
    return client;
  }

  RawConnection raw() throws java.io.IOException {
    return new RawConnection(server.port());
  }

  /** A metric, summed over its labels; those that match {@code labels} only. */
  public double metric(String name, String... labels) {
    if (observer == null) {
      observer = client(HttpVersion.HTTP_1_1);
    }
    Pattern line = Pattern.compile(Pattern.quote(name) + "(\\{.*})? [^ ]+");
    double sum = 0;
    for (String s : new String(observer.get("/metrics").expect(200).body()).split("\n")) {
      if (line.matcher(s).matches() && List.of(labels).stream().allMatch(s::contains)) {
        sum += Double.parseDouble(s.substring(s.lastIndexOf(' ') + 1));
      }
    }
    return sum;
  }

  /** Waits until no request is in progress, then until all memory is back. */
  void awaitIdle() {
    Await.until(
        "no data request is in progress", () -> metric("doorbell_http_data_requests_active") == 0);
    Await.until("no command is in flight", () -> metric("doorbell_nvme_inflight_commands") == 0);
    Await.until(
        "all DMA memory has been released", () -> metric("doorbell_dma_arena_used_bytes") == 0);
  }

  /** Stops the service but keeps its clients. */
  void stop() {
    server.close();
  }

  @Override
  public void close() {
    clients.forEach(Client::close);
    server.close();
  }
}
