package dev.doorbell.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Sends probes over one version of HTTP and waits for their answers. */
final class Client implements AutoCloseable {
  private static final long SECONDS = 20;

  private final Vertx vertx = Vertx.vertx();
  private final HttpVersion version;

  Client(HttpVersion version) {
    this.version = version;
  }

  /** The answer to a probe, which gets a connection of its own. */
  Answer send(Probe probe, int port) {
    HttpClient http = http();
    try {
      return get(
          request(http, probe.method(), probe.path(), port)
              .compose(
                  request -> {
                    probe.headers().forEach(request::putHeader);
                    // Listens on the event loop, before anything is sent: a late one misses bytes.
                    Future<Answer> answer =
                        request
                            .response()
                            .compose(
                                response ->
                                    response.body().map(body -> answer(probe, response, body)));
                    body(request, probe);
                    return answer;
                  }),
          probe);
    } finally {
      http.close();
    }
  }

  /**
   * Sends writes of {@code length} bytes each that the drive does not answer; returns when the
   * service has no memory left.
   *
   * @return ends the writes
   */
  AutoCloseable stall(String path, int port, int writes, int length) {
    HttpClient http = http();
    String controller = "/v1/controllers/nvme0";
    Buffer swallow = Buffer.buffer("{\"fault\": \"swallow\", \"opcode\": \"write\", \"count\": 0}");
    get(call(http, "POST", controller + "/faults", port, swallow), path);
    for (int i = 0; i < writes; i++) {
      HttpClientRequest write = get(request(http, "PUT", path, port), path);
      write.response().onFailure(e -> {});
      long first = (long) i * length;
      write.putHeader("Content-Range", "bytes " + first + "-" + (first + length - 1) + "/*");
      get(write.end(Buffer.buffer(new byte[length])), path);
    }
    Probe read = Probe.of(Services.Kind.BUSY, "GET", path, 503).with("Range", "bytes=0-4095");
    for (int i = 0; send(read, port).status() != 503; i++) {
      if (i == 1000) {
        throw new AssertionError("the service has memory left");
      }
    }
    // Holds the client: one that nobody refers to closes its connections.
    return () -> {
      get(call(http, "DELETE", controller + "/faults", port, Buffer.buffer()), path);
      get(call(http, "POST", controller + "/reset", port, Buffer.buffer()), path);
      http.close();
    };
  }

  /**
   * Begins an append and sends nothing of its body; returns when the service waits for that.
   *
   * @return gives the request up
   */
  AutoCloseable append(String path, String key, int port) {
    HttpClient http = http();
    Future<HttpClientRequest> begun =
        request(http, "POST", path, port)
            .compose(
                request -> {
                  Promise<HttpClientRequest> asked = Promise.promise();
                  request.putHeader("Idempotency-Key", key);
                  request.putHeader("Content-Length", "4096");
                  request.putHeader("Expect", "100-continue");
                  request.continueHandler(v -> asked.complete(request));
                  request.exceptionHandler(e -> {});
                  request.response().onFailure(e -> {});
                  return request.sendHead().compose(v -> asked.future());
                });
    HttpClientRequest request = get(begun, path);
    return () -> {
      request.reset();
      http.close();
    };
  }

  private static Future<Integer> call(
      HttpClient http, String method, String path, int port, Buffer body) {
    return request(http, method, path, port)
        .compose(request -> request.send(body))
        .map(HttpClientResponse::statusCode);
  }

  private static <T> T get(Future<T> future, Object what) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no answer: " + what, e);
    }
  }

  @Override
  public void close() {
    get(vertx.close(), "close");
  }

  private HttpClient http() {
    return vertx.createHttpClient(
        new HttpClientOptions().setProtocolVersion(version).setHttp2ClearTextUpgrade(false));
  }

  private static Future<HttpClientRequest> request(
      HttpClient http, String method, String path, int port) {
    return http.request(HttpMethod.valueOf(method), port, "127.0.0.1", path);
  }

  /** Failures show in the answer, or its want. */
  private static void body(HttpClientRequest request, Probe probe) {
    if (probe.parts().isEmpty()) {
      request.end();
      return;
    }
    switch (probe.framing()) {
      case CONTENT_LENGTH -> {
        contentLength(request, probe);
        parts(request, probe);
      }
      case UNKNOWN -> {
        request.setChunked(true);
        parts(request, probe);
      }
      case EXPECT_CONTINUE -> {
        contentLength(request, probe);
        request.putHeader("Expect", "100-continue");
        request.continueHandler(v -> parts(request, probe));
        request.sendHead();
      }
    }
  }

  private static void contentLength(HttpClientRequest request, Probe probe) {
    int length = probe.parts().stream().mapToInt(part -> part.length).sum();
    request.putHeader("Content-Length", Integer.toString(length));
  }

  /** One after the other: parts that wait together would be sent as one. */
  private static void parts(HttpClientRequest request, Probe probe) {
    Future<Void> sent = Future.succeededFuture();
    for (byte[] part : probe.parts()) {
      sent = sent.compose(v -> request.write(Buffer.buffer(part)));
    }
    sent.onSuccess(v -> request.end());
  }

  private static Answer answer(Probe probe, HttpClientResponse response, Buffer body) {
    Map<String, List<String>> headers = new TreeMap<>();
    response
        .headers()
        .forEach(
            (name, value) -> {
              if (!name.startsWith(":")) {
                headers
                    .computeIfAbsent(name.toLowerCase(Locale.ROOT), n -> new ArrayList<>())
                    .add(value);
              }
            });
    return new Answer(
        probe.method(),
        probe.path().split("\\?", 2)[0],
        response.statusCode(),
        headers,
        body.getBytes());
  }
}
