package dev.doorbell.service;

import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.cli.Server;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.drive.Drive;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code doorbell serve}: runs the server until SIGTERM or SIGINT, then drains it. */
final class ServeUntilSignal implements Server {
  private static final Logger LOG = LoggerFactory.getLogger("doorbell");

  @Override
  public int run(DoorbellConfig config) throws InterruptedException {
    DoorbellServer server = DoorbellServer.start(config);
    CountDownLatch signalled = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  signalled.countDown();
                  awaitQuietly(stopped);
                },
                "doorbell-shutdown"));
    report(config, server);
    ServiceManager manager = ServiceManager.of(System.getenv(), ProcessHandle.current().pid());
    manager.ready(status(server), server.pulse());
    signalled.await();
    manager.stopping("draining");
    LOG.info("draining, at most {} s", config.shutdown().graceSeconds());
    server.close();
    manager.close();
    stopped.countDown();
    return 0;
  }

  /** Says what is served where: the one line that a new user looks for. */
  private static void report(DoorbellConfig config, DoorbellServer server) {
    String scheme = config.listen().tls().isPresent() ? "https" : "http";
    String host = config.listen().host();
    String base =
        scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port();
    for (Drive drive : server.drives()) {
      for (BlockNamespace namespace : drive.namespaces()) {
        LOG.info(
            "{} ({}, {}{}, {}-byte blocks) at {}/v1/namespaces/{}/data",
            namespace.name(),
            drive.nvme().info().transport(),
            size(namespace.capacity()),
            namespace.readOnly() ? ", read-only" : "",
            namespace.blockSize(),
            base,
            namespace.name());
      }
    }
    LOG.info(
        "ready after {} ms: {} event loops; metrics at {}/metrics, health at {}/readyz",
        System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime(),
        config.loops(),
        base,
        base);
  }

  private static String status(DoorbellServer server) {
    return "serving %d drives on port %d".formatted(server.drives().size(), server.port());
  }

  private static String size(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    long value = bytes;
    while (unit < units.length - 1 && value >= 1024 && value % 1024 == 0) {
      value /= 1024;
      unit++;
    }
    return value + " " + units[unit];
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
