package dev.doorbell.service.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Takes in a body that is to be in memory as a whole, up to a limit. */
final class BodyReader {
  private final int limit;
  private final Promise<Buffer> done = Promise.promise();
  private final Buffer body = Buffer.buffer();

  private BodyReader(int limit) {
    this.limit = limit;
  }

  /**
   * Reads a body.
   *
   * @param limit in bytes; what is longer is answered 413, and not kept
   */
  static Future<Buffer> read(HttpServerRequest request, int limit) {
    BodyReader reader = new BodyReader(limit);
    long length = DataHandler.contentLength(request);
    if (length > limit) {
      reader.tooLarge(length + " bytes");
      return reader.done.future();
    }
    boolean expects = request.headers().contains(HttpHeaders.EXPECT);
    Problem unanswerable = expects ? Expectations.unanswerable(request) : null;
    if (unanswerable != null) {
      reader.done.fail(new ProblemException(unanswerable));
      return reader.done.future();
    }
    // Handlers first: nothing of the body may come before they are there.
    request.handler(reader::part);
    request.endHandler(v -> reader.done.tryComplete(reader.body));
    request.exceptionHandler(reader.done::tryFail);
    if (expects) {
      request.response().writeContinue();
    }
    return reader.done.future();
  }

  private void part(Buffer part) {
    if (done.future().isComplete()) {
      return;
    }
    if (body.length() + part.length() > limit) {
      tooLarge("more bytes");
    } else {
      body.appendBuffer(part);
    }
  }

  private void tooLarge(String what) {
    done.tryFail(
        new ProblemException(
            Problem.of(
                    413,
                    "Content Too Large",
                    "the body has %s; this resource takes %d at most".formatted(what, limit))
                .with("limit", limit)));
  }
}
