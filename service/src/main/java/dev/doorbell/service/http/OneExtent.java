package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;

/** The one extent of a PUT. */
final class OneExtent implements WrittenExtents {
  private final ContentRangeHeader range;
  private final long expected;
  private final boolean exact;
  private long received;

  /**
   * @param expected bytes; if their number is not known yet, the most there may be
   * @param exact whether it is
   */
  OneExtent(ContentRangeHeader range, long expected, boolean exact) {
    this.range = range;
    this.expected = expected;
    this.exact = exact;
  }

  @Override
  public long left() {
    return expected - received;
  }

  @Override
  public long position() {
    return range.first() + received;
  }

  @Override
  public int index() {
    return 0;
  }

  @Override
  public boolean exact() {
    return exact;
  }

  @Override
  public Problem next(ByteBuf bytes) {
    return mismatch("the body is longer than the " + expected + " bytes that its range names");
  }

  @Override
  public void took(int bytes) {
    received += bytes;
  }

  @Override
  public Problem checkEnd() {
    if (exact ? received == expected : range.fitsBody(received)) {
      return null;
    }
    return mismatch("the body has " + received + " bytes, the range names " + range.length());
  }

  private static Problem mismatch(String detail) {
    return Problem.of(400, "Body Does Not Match Range", detail + "; nothing was written")
        .with("bytes_written", 0);
  }

  @Override
  public void failed(int extent, int status) {}

  @Override
  public JsonArray outcomes() {
    return null;
  }

  @Override
  public void answer(HttpServerRequest request, boolean durable) {
    HttpServerResponse response = request.response();
    response.setStatusCode(204);
    response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    response.putHeader(
        DataHeaders.PREFERENCE_APPLIED, durable ? DataHeaders.DURABLE : DataHeaders.VOLATILE);
    response.end();
  }
}
