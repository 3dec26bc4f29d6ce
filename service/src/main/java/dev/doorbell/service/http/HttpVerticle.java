package dev.doorbell.service.http;

import dev.doorbell.service.loop.LoopPoller;
import dev.doorbell.service.loop.TurnFlushHandler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The HTTP server of one event loop, on the loop's own queue pairs.
 *
 * <p>Every instance listens on the same address; Vert.x hands connections out round robin. A
 * request stays on its connection's loop from the socket to the completion queue and back.
 */
public final class HttpVerticle extends VerticleBase {
  private static final String DATA_PREFIX = "/v1/namespaces/";
  private static final String DATA_SUFFIX = "/data";

  private final HttpServerOptions options;
  private final ServiceState state;
  private final Supplier<String> scrape;
  private final Function<ContextInternal, LoopBinding> binder;
  private ChannelGroup connections;
  private HttpServer server;
  private LoopPoller poller;
  private LoopState loop;
  private DataHandler data;
  private AppendHandler appends;
  private Cors cors;
  private Resources resources;

  /**
   * @param scrape renders the metrics; called on a worker thread
   * @param binder makes or finds what the loop of a context serves; called on that loop
   */
  public HttpVerticle(
      HttpServerOptions options,
      ServiceState state,
      Supplier<String> scrape,
      Function<ContextInternal, LoopBinding> binder) {
    this.options = options;
    this.state = state;
    this.scrape = scrape;
    this.binder = binder;
  }

  @Override
  public Future<?> start() {
    LoopBinding binding = binder.apply((ContextInternal) context);
    poller = binding.poller();
    state
        .pulse()
        .add(
            Thread.currentThread().getName(),
            ((ContextInternal) context).nettyEventLoop(),
            poller.counters());
    List<String> origins = state.rules().origins();
    loop =
        new LoopState(
            poller, binding.devices(), binding.limits(), binding.counters(), !origins.isEmpty());
    poller.onTurn(loop::resumeReads);
    connections = new DefaultChannelGroup(((ContextInternal) context).nettyEventLoop());
    data = new DataHandler(loop);
    appends = new AppendHandler(loop, state.idempotency());
    cors = new Cors(origins);
    server = vertx.createHttpServer(options);
    server.connectionHandler(this::connected);
    resources = new Resources(new Management(vertx, state, loop), scrape);
    server.requestHandler(
        request -> {
          request.response().putHeader(HttpHeaders.DATE, loop.date());
          AccessLog access = loop.accessLog();
          if (access != null) {
            access.begin(request);
          }
          if (cors.handles(request)) {
            int status = request.response().getStatusCode();
            loop.counters().record(request.method().name(), status, 0);
            return;
          }
          String name = dataOf(request);
          if (name != null) {
            data.handle(request, name);
            if (request.version() == HttpVersion.HTTP_2) {
              poller.requestTaken();
            }
          } else if (!appends.handles(request)) {
            resources.handle(request);
          }
        });
    return server.listen();
  }

  /**
   * Loads what management needs, unless a request has done so already; for after the start, so that
   * data need not wait for it. Safe for use by any thread.
   */
  public void prepare() {
    context.runOnContext(v -> resources.prepare());
  }

  /** The port in use; for after the start. */
  public int port() {
    return server.actualPort();
  }

  /** Data requests in progress; for the loop's thread. */
  public int active() {
    return loop.active();
  }

  /**
   * Accepts no more connections, tells clients so, and waits for answers in progress.
   *
   * @param graceMillis after which connections are closed hard
   */
  public Future<Void> drain(long graceMillis) {
    return server.shutdown(graceMillis, TimeUnit.MILLISECONDS).eventually(this::closeHard);
  }

  /** After the grace: Vert.x waits for a socket to take what was written, which it may never do. */
  private Future<Void> closeHard() {
    Promise<Void> closed = Promise.promise();
    context.runOnContext(
        v -> {
          for (Channel channel : connections) {
            channel.unsafe().close(channel.unsafe().voidPromise());
          }
          closed.complete();
        });
    return closed.future();
  }

  private void connected(HttpConnection connection) {
    Channel channel = ((ConnectionBase) connection).channel();
    ChannelPipeline pipeline = channel.pipeline();
    connections.add(channel);
    ConnectionTimeouts timeouts = ConnectionTimeouts.of(channel);
    TurnFlushHandler flush = new TurnFlushHandler(poller);
    pipeline.addAfter(pipeline.context(timeouts).name(), "turn-flush", flush);
    ReadBudget.add(channel, flush, loop.throttled(), loop.limits().memory());
    HttpVersionCheck.add(pipeline, timeouts);
    if (loop.accessLog() == null && ((ContextInternal) context).tracer() == null) {
      RepeatedReads.add(pipeline, loop, timeouts);
      FrameReads.add(connection, loop, poller);
    }
    FrameWatch.add(pipeline, timeouts, poller, loop.limits().requests());
  }

  /** The namespace whose data a request is about, or null; parsed by hand, being the hot path. */
  private static String dataOf(HttpServerRequest request) {
    String path = request.path();
    if (path == null || !path.startsWith(DATA_PREFIX) || !path.endsWith(DATA_SUFFIX)) {
      return null;
    }
    int end = path.length() - DATA_SUFFIX.length();
    if (end <= DATA_PREFIX.length() || path.indexOf('/', DATA_PREFIX.length()) != end) {
      return null;
    }
    return path.substring(DATA_PREFIX.length(), end);
  }
}
