package dev.doorbell.service.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * One sending of a call and what came of it: the body goes straight into the caller's buffer if the
 * answer is the one that was asked for, everything else becomes an exception.
 */
final class Exchange {
  /** A management answer beyond this is none of ours. */
  private static final int MAX_TEXT = 64 << 20;

  private final Call call;
  private final HttpClientRequest request;

  Exchange(Call call, HttpClientRequest request) {
    this.call = call;
    this.request = request;
  }

  Future<Reply> run() {
    // The answer counts, not whether all of the body was taken: a refusal may come before.
    Future<HttpClientResponse> answered = request.response();
    if (call.body() == null) {
      request.end();
    } else {
      ByteBuf body = Unpooled.wrappedBuffer(call.body().slice());
      request.end(BufferInternal.buffer(body));
    }
    return answered
        .recover(e -> Future.failedFuture(lost("before an answer", e)))
        .compose(this::answer);
  }

  private Future<Reply> answer(HttpClientResponse response) {
    int status = response.statusCode();
    if (status >= 200 && status < 300 && call.target() != null) {
      return status == 206 || status == 200 ? intoTarget(response) : notWhatWasAsked(status);
    }
    Buffer text = Buffer.buffer();
    response.handler(part -> collect(text, part));
    return response
        .end()
        .recover(e -> Future.failedFuture(lost("within its answer", e)))
        .compose(
            end ->
                status >= 200 && status < 300
                    ? Future.succeededFuture(new Reply(status, response.headers(), text))
                    : Future.failedFuture(refusal(response, text)));
  }

  private Future<Reply> notWhatWasAsked(int status) {
    request.reset();
    return Future.failedFuture(new BrokenAnswerException(call + " was answered " + status, null));
  }

  private void collect(Buffer text, Buffer part) {
    if (text.length() + part.length() > MAX_TEXT) {
      request.reset();
    } else {
      text.appendBuffer(part);
    }
  }

  /** A range must be answered as a range: a 200 to it would be other bytes. */
  private Future<Reply> intoTarget(HttpClientResponse response) {
    String wanted = header("range");
    String got = response.getHeader(HttpHeaders.CONTENT_RANGE);
    if (wanted != null
        && (response.statusCode() != 206
            || got == null
            || !got.startsWith(wanted.replace('=', ' ') + "/"))) {
      request.reset();
      return Future.failedFuture(
          new BrokenAnswerException(
              "%s of %s was answered %d with Content-Range %s"
                  .formatted(call, wanted, response.statusCode(), got),
              null));
    }
    ByteBuffer target = call.target().slice();
    boolean[] tooLong = new boolean[1];
    response.handler(
        part -> {
          if (tooLong[0] || part.length() > target.remaining()) {
            tooLong[0] = true;
            request.reset();
            return;
          }
          ByteBuf bytes = ((BufferInternal) part).getByteBuf();
          ByteBuffer place = target.slice(target.position(), part.length());
          bytes.getBytes(bytes.readerIndex(), place);
          target.position(target.position() + part.length());
        });
    return response
        .end()
        .recover(e -> Future.failedFuture(lost("within its answer", e)))
        .compose(
            end ->
                target.hasRemaining() || tooLong[0]
                    ? Future.failedFuture(
                        new BrokenAnswerException(
                            "%s: the answer is not the %d bytes that were asked for"
                                .formatted(call, call.target().remaining()),
                            null))
                    : Future.succeededFuture(
                        new Reply(response.statusCode(), response.headers(), null)));
  }

  private String header(String name) {
    int at = call.headers().indexOf(name);
    return at < 0 ? null : call.headers().get(at + 1);
  }

  private DoorbellException lost(String when, Throwable cause) {
    return new BrokenAnswerException(
        "%s: the connection or stream ended %s: %s".formatted(call, when, cause.getMessage()),
        cause);
  }

  private ProblemException refusal(HttpClientResponse response, Buffer text) {
    int status = response.statusCode();
    Problem problem = null;
    String type = response.getHeader(HttpHeaders.CONTENT_TYPE);
    if (type != null && type.startsWith("application/problem+json")) {
      try {
        Map<String, Object> members = new JsonObject(text).getMap();
        problem =
            new Problem(
                status,
                String.valueOf(members.getOrDefault("title", response.statusMessage())),
                String.valueOf(members.getOrDefault("detail", call + " was answered " + status)),
                members);
      } catch (DecodeException e) {
        // Told as what it is, below.
      }
    }
    if (problem == null) {
      problem =
          new Problem(status, response.statusMessage(), call + " was answered " + status, Map.of());
    }
    return ProblemException.of(problem, retryAfter(response.getHeader("retry-after")));
  }

  /** In seconds, as the service says it; -1 for none or a date. */
  private static long retryAfter(String header) {
    return header != null && header.matches("\\d{1,9}") ? Long.parseLong(header) : -1;
  }
}
