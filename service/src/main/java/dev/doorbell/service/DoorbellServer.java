package dev.doorbell.service;

import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.BlockRequest;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.drive.DriveOpener;
import dev.doorbell.service.events.EventLog;
import dev.doorbell.service.http.Acceptor;
import dev.doorbell.service.http.ApiRules;
import dev.doorbell.service.http.HttpVerticle;
import dev.doorbell.service.http.LoopBinding;
import dev.doorbell.service.http.ServiceState;
import dev.doorbell.service.loop.LoopPulse;
import dev.doorbell.service.loop.PollingTransport;
import dev.doorbell.service.metrics.Metrics;
import dev.doorbell.service.tracing.Tracing;
import io.netty.channel.EventLoop;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service: drives, event loops with their queue pairs, and the HTTP front end; started as a
 * whole, drained and stopped in order.
 *
 * <p>{@link #start} and {@link #close} are for one thread, not an event loop.
 */
public final class DoorbellServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DoorbellServer.class);
  private static final long STOP_SECONDS = 30;

  /**
   * Leaves the processors to the first requests; one that needs management does not wait for it.
   */
  private static final long PREPARE_MILLIS = 250;

  private final DoorbellConfig config;
  private final List<Drive> drives;
  private final Vertx vertx;
  private final LoopFactory loops;
  private final ServiceState state;
  private final Metrics metrics;
  private final Optional<Tracing> tracing;
  private final List<HttpVerticle> verticles = new CopyOnWriteArrayList<>();
  private boolean closed;

  private DoorbellServer(
      DoorbellConfig config,
      List<Drive> drives,
      Vertx vertx,
      LoopFactory loops,
      ServiceState state,
      Metrics metrics,
      Optional<Tracing> tracing) {
    this.config = config;
    this.drives = drives;
    this.vertx = vertx;
    this.loops = loops;
    this.state = state;
    this.metrics = metrics;
    this.tracing = tracing;
  }

  /**
   * Opens the drives and listens.
   *
   * @throws RuntimeException that says what to do if a drive or the address cannot be had; nothing
   *     stays open then
   */
  public static DoorbellServer start(DoorbellConfig config) {
    return start(config, events -> DriveOpener.openAll(config, events));
  }

  /** As above, with drives that are opened otherwise than the configuration says. */
  public static DoorbellServer start(
      DoorbellConfig config, Function<EventLog, List<Drive>> opener) {
    PollingTransport transport =
        new PollingTransport(config.poll().maxNs(), config.poll().grow(), config.poll().shrink());
    transport.setAcceptor(
        new Acceptor(
            channel -> transport.poller(channel.eventLoop()),
            config.http().idleTimeoutSeconds(),
            config.http().headerTimeoutSeconds()));
    Optional<Tracing> tracing = tracing(config.tracing());
    // The drives and Vert.x have nothing to do with each other until both are there.
    CompletableFuture<Vertx> vertxStarting =
        CompletableFuture.supplyAsync(() -> newVertx(config, transport, tracing));
    EventLog events = ServiceState.newEventLog();
    List<Drive> drives;
    try {
      drives = opener.apply(events);
    } catch (RuntimeException | Error e) {
      vertxStarting.join().close();
      tracing.ifPresent(t -> t.close());
      throw e;
    }
    Vertx vertx = vertxStarting.join();
    Metrics metrics = new Metrics();
    metrics.drives(drives);
    try {
      LoopFactory loops = new LoopFactory(config, transport, metrics, drives);
      ServiceState state = new ServiceState(drives, events, rules(config));
      DoorbellServer server =
          new DoorbellServer(config, drives, vertx, loops, state, metrics, tracing);
      server.listen();
      return server;
    } catch (RuntimeException | Error e) {
      get(vertx.close(), STOP_SECONDS);
      tracing.ifPresent(t -> t.close());
      drives.forEach(Drive::close);
      throw e;
    }
  }

  private static ApiRules rules(DoorbellConfig config) {
    DoorbellConfig.Api api = config.api();
    long heartbeat = TimeUnit.SECONDS.toMillis(api.heartbeatSeconds());
    int idle = config.http().idleTimeoutSeconds();
    if (idle > 0) {
      // A stream of events without any must not be taken for a connection that is idle.
      heartbeat = Math.min(heartbeat, TimeUnit.SECONDS.toMillis(idle) / 2);
    }
    return new ApiRules(api.passthrough(), api.corsOrigins(), heartbeat);
  }

  /** The port in use. */
  public int port() {
    return verticles.get(0).port();
  }

  /** Whether the event loops turn. */
  LoopPulse pulse() {
    return state.pulse();
  }

  public List<Drive> drives() {
    return drives;
  }

  /** What every loop serves. */
  Iterable<Map.Entry<EventLoop, LoopBinding>> bindings() {
    return loops.bindings();
  }

  /**
   * Drains and stops: no new connections, requests in progress finish within the grace, every
   * namespace is flushed, the drives are shut down. Idempotent.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    state.drain();
    endStopped();
    long grace = TimeUnit.SECONDS.toMillis(config.shutdown().graceSeconds());
    List<Future<?>> draining = new ArrayList<>();
    verticles.forEach(v -> draining.add(v.drain(Math.max(1, grace))));
    get(Future.join(draining), config.shutdown().graceSeconds() + STOP_SECONDS);
    endStopped();
    awaitIdle(grace);
    flushAll();
    for (Map.Entry<EventLoop, LoopBinding> each : loops.bindings()) {
      onLoop(each.getKey(), () -> each.getValue().poller().removeAll());
    }
    drives.forEach(Drive::close);
    get(vertx.close(), STOP_SECONDS);
    tracing.ifPresent(t -> t.close());
    metrics.close();
    LOG.info("stopped: requests finished, drives flushed and shut down");
  }

  private void listen() {
    HttpServerOptions options = HttpOptions.of(config);
    Future<String> listening =
        vertx.deployVerticle(
            () -> {
              HttpVerticle verticle =
                  new HttpVerticle(options, state, metrics::scrape, loops::bind);
              verticles.add(verticle);
              return verticle;
            },
            new DeploymentOptions().setInstances(config.loops()));
    get(
        listening.recover(e -> Future.failedFuture(cannotListen(config.listen(), e))),
        STOP_SECONDS);
    vertx.setTimer(PREPARE_MILLIS, id -> verticles.forEach(HttpVerticle::prepare));
  }

  private static RuntimeException cannotListen(DoorbellConfig.Listen listen, Throwable cause) {
    String message;
    if (cause instanceof IOException || listen.tls().isEmpty()) {
      String host = listen.host();
      message =
          "cannot listen on %s:%d: %s; choose another address with --listen, or stop what uses this"
              .formatted(
                  host.contains(":") ? "[" + host + "]" : host, listen.port(), cause.getMessage());
    } else {
      DoorbellConfig.Tls tls = listen.tls().get();
      message =
          "cannot serve TLS with certificate %s and key %s: %s; both must be PEM files that belong together"
              .formatted(tls.certificate(), tls.key(), cause.getMessage());
    }
    return new IllegalStateException(message, cause);
  }

  private static Vertx newVertx(
      DoorbellConfig config, PollingTransport transport, Optional<Tracing> tracing) {
    VertxBuilder builder =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventLoopPoolSize(config.loops())
                    .setInternalBlockingPoolSize(1)
                    .setWorkerPoolSize(2))
            .withTransport(transport.asVertxTransport());
    tracing.ifPresent(t -> t.install(builder));
    return builder.build();
  }

  /**
   * Its libraries are loaded only here, if at all; a method reference to it elsewhere would load
   * them too.
   */
  private static Optional<Tracing> tracing(DoorbellConfig.Tracing config) {
    return config
        .collector()
        .map(collector -> new Tracing(collector, config.oneIn(), Doorbell.version()));
  }

  /** Nobody will resume a namespace now: its clients are told what came of their requests. */
  private void endStopped() {
    for (Drive drive : drives) {
      for (BlockNamespace namespace : drive.namespaces()) {
        // Also after its own failure: the flush of the end must go through.
        namespace.control().end();
      }
    }
  }

  /** Commands of clients that have gone may still be in flight. */
  private void awaitIdle(long graceMillis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(graceMillis);
    for (Map.Entry<EventLoop, LoopBinding> each : loops.bindings()) {
      while (each.getValue().counters().active() > 0 && System.nanoTime() < deadline) {
        onLoop(each.getKey(), () -> {});
      }
      int left = each.getValue().counters().active();
      if (left > 0) {
        LOG.warn("{} requests did not end; stopping all the same", left);
      }
    }
  }

  private void flushAll() {
    var loop = loops.bindings().iterator();
    if (!loop.hasNext()) {
      return;
    }
    Map.Entry<EventLoop, LoopBinding> first = loop.next();
    for (BlockDevice device : first.getValue().devices().values()) {
      CompletableFuture<Integer> flushed = new CompletableFuture<>();
      first.getKey().execute(() -> device.flush(new Flush(flushed)));
      try {
        int status = flushed.get(STOP_SECONDS, TimeUnit.SECONDS);
        if (status != 0) {
          LOG.error(
              "{}: the last flush failed: {}; writes that were not durable may be lost",
              device.namespace().name(),
              Status.name(status));
        }
      } catch (InterruptedException | ExecutionException | TimeoutException e) {
        LOG.error("{}: the last flush did not finish: {}", device.namespace().name(), e);
      }
    }
  }

  private static void onLoop(EventLoop loop, Runnable task) {
    try {
      loop.submit(task).get(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      LOG.warn("event loop did not answer: {}", e.toString());
    }
  }

  private static <T> T get(Future<T> future, long seconds) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw cause instanceof RuntimeException r
          ? r
          : new IllegalStateException(cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer within " + seconds + " s", e);
    }
  }

  private static final class Flush extends BlockRequest {
    private final CompletableFuture<Integer> flushed;

    Flush(CompletableFuture<Integer> flushed) {
      this.flushed = flushed;
    }

    @Override
    protected void finished(int status) {
      flushed.complete(status);
    }
  }
}
