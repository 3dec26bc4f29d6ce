package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Arrays;

/**
 * One QUERY: takes the body, a list of extents, and has them read. Belongs to the loop's thread.
 */
final class QueryRequest {
  /** Extents that one request may name. */
  static final int MOST = 1024;

  /** Bytes that their list may have. */
  static final int MOST_BYTES = 128 << 10;

  private static final byte[] NOTHING = {};

  private final LoopState loop;
  private final HttpServerRequest request;
  private final BlockDevice device;
  private final VectoredRead.Form form;

  /** Bytes of the list by its Content-Length, -1 without. */
  private final int expected;

  private byte[] text = NOTHING;
  private int length;
  private boolean over;

  private QueryRequest(
      LoopState loop,
      HttpServerRequest request,
      BlockDevice device,
      VectoredRead.Form form,
      int expected) {
    this.loop = loop;
    this.request = request;
    this.device = device;
    this.form = form;
    this.expected = expected;
  }

  /** Checks the head of a request, and begins to take its body. */
  static void start(LoopState loop, HttpServerRequest request, BlockDevice device) {
    String type = request.headers().get(HttpHeaders.CONTENT_TYPE);
    if (!MediaTypes.isJson(type)) {
      request.response().putHeader(DataHeaders.ACCEPT_QUERY, DataHeaders.JSON);
      loop.refuse(
          request,
          Problem.of(
              415,
              "Query Type Not Supported",
              (type == null ? "the query has no Content-Type" : "Content-Type '" + type + "'")
                  + "; send application/json: [{\"offset\": 0, \"length\": 4096}, …]"));
      return;
    }
    VectoredRead.Form form = MediaTypes.form(request.headers().get(HttpHeaders.ACCEPT));
    if (form == null) {
      loop.refuse(
          request,
          Problem.of(
              406,
              "Not Acceptable",
              "Accept '%s' takes neither multipart/byteranges nor application/octet-stream"
                  .formatted(request.headers().get(HttpHeaders.ACCEPT))));
      return;
    }
    long expected = DataHandler.contentLength(request);
    if (expected > MOST_BYTES) {
      loop.refuse(request, tooLarge());
      return;
    }
    if (!Expectations.met(loop, request)) {
      return;
    }
    QueryRequest query = new QueryRequest(loop, request, device, form, (int) expected);
    request.handler(query::part);
    request.endHandler(v -> query.ended());
    if (request.headers().contains(HttpHeaders.EXPECT)) {
      request.response().writeContinue();
    }
  }

  private void part(Buffer part) {
    if (over) {
      return;
    }
    ByteBuf bytes = ((BufferInternal) part).getByteBuf();
    int more = bytes.readableBytes();
    if (length + more > MOST_BYTES) {
      over = true;
      loop.refuse(request, tooLarge());
      return;
    }
    if (length + more > text.length) {
      // Once with Content-Length; else by doubling, as a list may come byte by byte.
      text = Arrays.copyOf(text, Math.max(Math.max(length + more, expected), 2 * text.length));
    }
    bytes.getBytes(bytes.readerIndex(), text, length, more);
    length += more;
  }

  private void ended() {
    if (over) {
      return;
    }
    over = true;
    Extents extents = loop.extents();
    String mistake = loop.extentListParser().parse(text, 0, length, MOST, extents);
    if (mistake != null) {
      loop.refuse(
          request,
          Problem.of(
              400,
              "Malformed Query",
              mistake + "; write [{\"offset\": 0, \"length\": 4096}, …], at most " + MOST));
      return;
    }
    long capacity = device.namespace().capacity();
    int outside = extents.outside(capacity);
    if (outside >= 0) {
      device.refused(BlockKind.READ);
      loop.refuse(
          request,
          Problem.rangeNotSatisfiable(
                  "extent %d, %d bytes at offset %d, does not lie within the %d bytes of the namespace"
                      .formatted(
                          outside, extents.length(outside), extents.offset(outside), capacity),
                  capacity)
              .with("extent", outside)
              .with("capacity", capacity));
      return;
    }
    loop.vectoredReads().take().start(request, device, extents, form, 200);
  }

  private static Problem tooLarge() {
    return Problem.of(
            413,
            "Query Too Large",
            "the list of extents has more than %d bytes; send several requests"
                .formatted(MOST_BYTES))
        .with("limit", MOST_BYTES);
  }
}
