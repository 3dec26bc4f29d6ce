package dev.doorbell.service.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A client of one service in one version of HTTP, HTTP/2 by prior knowledge. Calls block. */
final class Client implements AutoCloseable {
  static final String DATA = "/v1/namespaces/nvme0n1/data";

  private static final long DEADLINE_SECONDS = 60;

  private final Vertx vertx;
  private final HttpClient client;
  private final int port;

  Client(int port, HttpVersion version) {
    this.port = port;
    this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(version)
                .setHttp2ClearTextUpgrade(false)
                // Streams that a test stalls must not hold up the connection's others.
                .setHttp2ConnectionWindowSize(64 << 20),
            new PoolOptions().setHttp1MaxSize(8).setHttp2MaxSize(2));
  }

  /** Reads; headers are names and values in turn. */
  Answer get(String path, String... headers) {
    return request(HttpMethod.GET, path, headers);
  }

  /** A range of the data, as the header says it: {@code range("0-511")}. */
  Answer range(String range) {
    return get(DATA, "Range", "bytes=" + range);
  }

  /** Without a body. */
  Answer request(HttpMethod method, String path, String... headers) {
    return await(open(method, path, headers).compose(r -> answer(r, r.end())));
  }

  /** With a body of text. */
  Answer send(HttpMethod method, String path, String body) {
    return await(open(method, path).compose(r -> answer(r, r.end(body))));
  }

  /** With a body, which may be empty. */
  Future<Answer> requestAsync(HttpMethod method, String path, byte[] body, String... headers) {
    return open(method, path, headers)
        .compose(r -> answer(r, body.length == 0 ? r.end() : r.end(Buffer.buffer(body))));
  }

  /** Writes with a Content-Length. */
  Answer put(byte[] body, String... headers) {
    return await(putAsync(body, headers));
  }

  Future<Answer> putAsync(byte[] body, String... headers) {
    return open(HttpMethod.PUT, DATA, headers).compose(r -> answer(r, r.end(Buffer.buffer(body))));
  }

  /** As {@link #put}, elsewhere than to {@link #DATA}. */
  Answer putTo(String path, byte[] body, String... headers) {
    Buffer bytes = Buffer.buffer(body);
    return await(open(HttpMethod.PUT, path, headers).compose(r -> answer(r, r.end(bytes))));
  }

  /** Sends a body with POST. */
  Answer post(String path, byte[] body, String... headers) {
    return await(postAsync(path, body, headers));
  }

  Future<Answer> postAsync(String path, byte[] body, String... headers) {
    return open(HttpMethod.POST, path, headers).compose(r -> answer(r, r.end(Buffer.buffer(body))));
  }

  /** Writes without a Content-Length: chunked in HTTP/1.1, framed by the stream in HTTP/2. */
  Answer putOfUnknownLength(byte[] body, String... headers) {
    return await(
        open(HttpMethod.PUT, DATA, headers)
            .compose(
                r -> {
                  r.setChunked(true);
                  r.write(Buffer.buffer(body));
                  return answer(r, r.end());
                }));
  }

  /** Begins a request whose body and end the test sends itself. */
  HttpClientRequest begin(HttpMethod method, String path, String... headers) {
    // Tests reset such requests and break their connections, which is not worth a log line.
    return await(
        open(method, path, headers)
            .map(
                request -> {
                  request.exceptionHandler(e -> {});
                  request.response().onSuccess(r -> r.exceptionHandler(e -> {}));
                  return request;
                }));
  }

  static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause().toString(), e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e.toString(), e);
    }
  }

  private Future<HttpClientRequest> open(HttpMethod method, String path, String... headers) {
    RequestOptions options =
        new RequestOptions().setMethod(method).setHost("127.0.0.1").setPort(port).setURI(path);
    for (int i = 0; i < headers.length; i += 2) {
      options.addHeader(headers[i], headers[i + 1]);
    }
    return client.request(options);
  }

  /** The answer counts, not whether all of the body was taken: a refusal may come before. */
  private static Future<Answer> answer(HttpClientRequest request, Future<Void> sent) {
    return request
        .response()
        .compose(
            response ->
                response
                    .body()
                    .map(b -> new Answer(response.statusCode(), response.headers(), b.getBytes())));
  }

  @Override
  public void close() {
    await(client.close());
    await(vertx.close());
  }
}
