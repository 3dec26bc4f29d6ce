package dev.doorbell.service.client;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Sends calls over a pool of connections, and repeats those that may be. */
final class Transport implements AutoCloseable {
  private static final int STREAM_WINDOW = 4 << 20;
  private static final int CONNECTION_WINDOW = 64 << 20;
  private static final int LOOPS = 2;

  private final ClientOptions options;
  private final Vertx vertx;
  private final HttpClient client;
  private final Timer timer;

  Transport(ClientOptions options, Timer timer) {
    this.options = options;
    int loops = Math.min(LOOPS, Runtime.getRuntime().availableProcessors());
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(loops)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                // Nothing is served from the class path: no cache directory, no hook to delete it.
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    this.timer =
        timer != null
            ? timer
            : (seconds, task) ->
                vertx.setTimer(Math.max(1, TimeUnit.SECONDS.toMillis(seconds)), id -> task.run());
    client =
        vertx.createHttpClient(
            httpOptions(options),
            new PoolOptions()
                .setHttp1MaxSize(options.connections())
                .setHttp2MaxSize(options.connections())
                .setEventLoopSize(loops));
  }

  private static HttpClientOptions httpOptions(ClientOptions options) {
    HttpClientOptions http =
        new HttpClientOptions()
            .setProtocolVersion(options.http1() ? HttpVersion.HTTP_1_1 : HttpVersion.HTTP_2)
            // By prior knowledge: no upgrade to wait for.
            .setHttp2ClearTextUpgrade(false)
            .setHttp2MultiplexingLimit(options.streams())
            .setHttp2ConnectionWindowSize(CONNECTION_WINDOW)
            .setInitialSettings(new Http2Settings().setInitialWindowSize(STREAM_WINDOW))
            .setConnectTimeout((int) TimeUnit.SECONDS.toMillis(options.connectSeconds()))
            .setSsl(options.tls())
            .setUseAlpn(options.tls() && !options.http1())
            .setTrustAll(options.trustAll())
            .setVerifyHost(!options.trustAll());
    options
        .trust()
        .ifPresent(pem -> http.setTrustOptions(new PemTrustOptions().addCertPath(pem.toString())));
    return http;
  }

  ClientOptions options() {
    return options;
  }

  CompletableFuture<Reply> send(Call call) {
    Promise<Reply> promise = Promise.promise();
    attempt(call, 1, false, promise);
    return promise.future().toCompletionStage().toCompletableFuture();
  }

  private void attempt(Call call, int attempt, boolean lostBefore, Promise<Reply> promise) {
    once(call)
        .onSuccess(promise::complete)
        .onFailure(
            failure -> {
              if (call.repeatable()
                  && failure instanceof BusyException busy
                  && options.retries().allows(attempt, busy.retryAfterSeconds())) {
                timer.after(
                    busy.retryAfterSeconds(),
                    () -> attempt(call, attempt + 1, lostBefore, promise));
              } else if (call.repeatable()
                  && failure instanceof BrokenAnswerException
                  && !lostBefore) {
                // Mostly an idle connection that the service gave up as we took it.
                attempt(call, attempt, true, promise);
              } else {
                promise.fail(failure);
              }
            });
  }

  private Future<Reply> once(Call call) {
    RequestOptions request =
        new RequestOptions()
            .setMethod(call.method())
            .setHost(options.base().getHost())
            .setPort(options.port())
            .setURI(options.prefix() + call.path())
            .setIdleTimeout(TimeUnit.SECONDS.toMillis(options.idleSeconds()));
    for (int i = 0; i < call.headers().size(); i += 2) {
      request.addHeader(call.headers().get(i), call.headers().get(i + 1));
    }
    if (call.body() != null) {
      request.addHeader("content-length", Integer.toString(call.body().remaining()));
    }
    Future<HttpClientRequest> connected;
    try {
      connected = client.request(request);
    } catch (IllegalStateException e) {
      return Future.failedFuture(new DoorbellException("the client was closed", e));
    }
    return connected
        .recover(e -> Future.failedFuture(new UnreachableException(options.base().toString(), e)))
        .compose(r -> new Exchange(call, r).run());
  }

  @Override
  public void close() {
    client.close().eventually(vertx::close).toCompletionStage().toCompletableFuture().join();
  }
}
