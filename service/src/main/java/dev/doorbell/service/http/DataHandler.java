package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.block.BlockNamespace;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * The data of a namespace: GET and HEAD read byte ranges, PUT with Content-Range writes them.
 *
 * <p>Checks everything that comes from the client before anything reaches the drive. Belongs to one
 * event loop.
 */
final class DataHandler {
  private static final String ALLOW = "GET, HEAD, OPTIONS, PUT, QUERY";

  /** A read whose body says what of; there is no constant of it in Vert.x. */
  private static final String QUERY = "QUERY";

  private final LoopState loop;

  DataHandler(LoopState loop) {
    this.loop = loop;
  }

  /** Answers a request for the data of namespace {@code name}. */
  void handle(HttpServerRequest request, String name) {
    BlockDevice device = loop.device(name);
    if (device == null) {
      refuse(
          request,
          Problem.of(
              404,
              "No Such Namespace",
              "there is no namespace '" + name + "'; GET /v1/namespaces lists them"));
      return;
    }
    HttpMethod method = request.method();
    if (method == HttpMethod.GET) {
      get(request, device);
    } else if (method == HttpMethod.PUT) {
      put(request, device);
    } else if (method == HttpMethod.HEAD) {
      head(request, device);
    } else if (method.name().equals(QUERY)) {
      QueryRequest.start(loop, request, device);
    } else if (method == HttpMethod.OPTIONS) {
      request
          .response()
          .putHeader(HttpHeaders.ALLOW, ALLOW)
          .putHeader(DataHeaders.ACCEPT_QUERY, DataHeaders.JSON)
          .setStatusCode(204)
          .end();
      record(request, 204);
    } else {
      request.response().putHeader(HttpHeaders.ALLOW, ALLOW);
      refuse(
          request,
          Problem.of(
              405, "Method Not Allowed", method + " is not possible here; allowed: " + ALLOW));
    }
  }

  private void get(HttpServerRequest request, BlockDevice device) {
    long capacity = device.namespace().capacity();
    String header = request.headers().get(DataHeaders.RANGE);
    // There is no validator of live data that If-Range could match, so it never does.
    if (header == null || request.headers().contains(DataHeaders.IF_RANGE)) {
      loop.takeReadStream().start(request, device, 0, capacity, false);
      return;
    }
    RangeHeader range = loop.rangeHeader();
    switch (range.parse(header, capacity)) {
      case SATISFIABLE ->
          loop.takeReadStream().start(request, device, range.first(), range.last() + 1, true);
      case OTHER_UNIT -> loop.takeReadStream().start(request, device, 0, capacity, false);
      case UNSATISFIABLE -> {
        device.refused(BlockKind.READ);
        refuse(
            request,
            Problem.rangeNotSatisfiable(
                    "Range '%s' lies outside the %d bytes of the namespace"
                        .formatted(header, capacity),
                    capacity)
                .with("range", header)
                .with("capacity", capacity));
      }
      case MALFORMED ->
          refuse(
              request,
              Problem.rangeNotSatisfiable(
                      "Range '%s' is malformed; write bytes=first-last, bytes=first- or bytes=-suffix"
                          .formatted(header),
                      capacity)
                  .with("range", header));
      case SEVERAL ->
          loop.takeVectoredRead()
              .start(request, device, range.several(), VectoredRead.Form.MULTIPART, 206);
      case TOO_MANY ->
          refuse(
              request,
              Problem.rangeNotSatisfiable(
                      "Range has more than %d ranges; ask for them in several requests, or by QUERY"
                          .formatted(RangeHeader.MOST),
                      capacity)
                  .with("limit", RangeHeader.MOST));
    }
  }

  private void head(HttpServerRequest request, BlockDevice device) {
    HttpServerResponse response = request.response();
    response.putHeader(HttpHeaders.CONTENT_TYPE, DataHeaders.OCTET_STREAM);
    response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(device.namespace().capacity()));
    response.putHeader(HttpHeaders.ACCEPT_RANGES, DataHeaders.BYTES);
    response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    response.end();
    record(request, 200);
  }

  private void put(HttpServerRequest request, BlockDevice device) {
    BlockNamespace namespace = device.namespace();
    if (namespace.readOnly()) {
      device.refused(BlockKind.WRITE);
      refuse(
          request,
          Problem.of(
              403, "Write Protected", "namespace " + namespace.name() + " is write protected"));
      return;
    }
    String encoding = request.headers().get(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      refuse(
          request,
          Problem.of(
              415,
              "Content Encoding Not Supported",
              "a body encoded as '%s' would land on the drive as it is; send it without encoding"
                  .formatted(encoding)));
      return;
    }
    long bodyLength = contentLength(request);
    String header = request.headers().get(HttpHeaders.CONTENT_RANGE);
    ContentRangeHeader range =
        header != null ? ContentRangeHeader.parse(header) : whole(namespace, bodyLength);
    if (bodyLength < 0 && range != null && !unalignedWrites(namespace)) {
      bodyLength = alignedLength(namespace, range);
    }
    Problem problem = check(namespace, header, range, bodyLength);
    if (problem != null) {
      device.refused(BlockKind.WRITE);
      refuse(request, problem);
      return;
    }
    boolean exact = bodyLength >= 0;
    long expected =
        exact
            ? bodyLength
            : Math.min(range.length(), Math.min(namespace.capacity() - range.first(), mostBytes()));
    boolean durable = !prefersVolatile(request);
    if (request.headers().contains(HttpHeaders.EXPECT)) {
      request.response().writeContinue();
    }
    new WriteStream(loop, request, device, range, expected, exact, durable).start();
  }

  /** Without Content-Range a body is only taken if it is the whole namespace. */
  private static ContentRangeHeader whole(BlockNamespace namespace, long bodyLength) {
    return bodyLength == namespace.capacity()
        ? new ContentRangeHeader(0, bodyLength - 1, bodyLength)
        : null;
  }

  /**
   * The only length that a body without Content-Length may have if it must be whole blocks, or -1:
   * the range's, or nbdkit's one less.
   */
  private static long alignedLength(BlockNamespace namespace, ContentRangeHeader range) {
    long length = range.length();
    if (length <= namespace.capacity() - range.first()
        && namespace.aligned(range.first(), length)) {
      return length;
    }
    return namespace.aligned(range.first(), length - 1) ? length - 1 : -1;
  }

  /** The configured limit of one write. */
  private long mostBytes() {
    long most = loop.limits().maxWrite();
    return most > 0 ? most : Long.MAX_VALUE;
  }

  private Problem check(
      BlockNamespace namespace, String header, ContentRangeHeader range, long bodyLength) {
    long capacity = namespace.capacity();
    if (header == null && range == null) {
      return Problem.of(
          400,
          "Content-Range Required",
          ("a write says where it goes: add 'Content-Range: bytes first-last/*' (curl: -r"
                  + " first-last); only a body of all %d bytes may come without")
              .formatted(capacity));
    }
    if (range == null) {
      return Problem.of(
              400,
              "Malformed Content-Range",
              "Content-Range '%s' is malformed; write bytes first-last/*".formatted(header))
          .with("content_range", header);
    }
    if (bodyLength >= 0 && !range.fitsBody(bodyLength)) {
      return Problem.of(
              400,
              "Body Does Not Match Range",
              "the body has %d bytes, Content-Range '%s' names %d; nothing was written"
                  .formatted(bodyLength, header, range.length()))
          .with("content_range", header)
          .with("bytes_written", 0);
    }
    long end = range.first() + (bodyLength >= 0 ? bodyLength : range.length() - 1);
    if (end < 0 || end > capacity) {
      return Problem.of(
              400,
              "Range Past The End",
              "the write would end at byte %s, the namespace has %d; nothing was written"
                  .formatted(Long.toUnsignedString(end), capacity))
          .with("content_range", header)
          .with("capacity", capacity);
    }
    if (range.complete() != ContentRangeHeader.UNKNOWN
        && range.complete() != capacity
        && range.complete() != range.length()
        && range.complete() != bodyLength) {
      return Problem.of(
              400,
              "Wrong Complete Length",
              ("Content-Range '%s' says that %d bytes are complete; allowed are *, -1, the body's"
                      + " length, or the capacity %d")
                  .formatted(header, range.complete(), capacity))
          .with("content_range", header)
          .with("capacity", capacity);
    }
    long length = end - range.first();
    long most = mostBytes();
    if (length > most) {
      return Problem.of(
              413,
              "Write Too Large",
              "the write has %d bytes, the configured limit http.max_write is %d"
                  .formatted(length, most))
          .with("limit", most);
    }
    if (!unalignedWrites(namespace) && !namespace.aligned(range.first(), length)) {
      String why =
          namespace.zoned() == null
              ? "unaligned writes are switched off (http.unaligned_writes)"
              : "a block of a zone cannot be written twice";
      return Problem.of(
              400,
              "Unaligned Write",
              "bytes %d to %d are not whole blocks of %d bytes, and %s"
                  .formatted(range.first(), end - 1, namespace.blockSize(), why))
          .with("block_size", namespace.blockSize());
    }
    return null;
  }

  private boolean unalignedWrites(BlockNamespace namespace) {
    return loop.limits().unalignedWrites() && namespace.zoned() == null;
  }

  /** Content-Length, or -1 if there is none. */
  static long contentLength(HttpServerRequest request) {
    String header = request.headers().get(HttpHeaders.CONTENT_LENGTH);
    return header == null ? -1 : Decimal.parse(header, 0, header.length());
  }

  /** Whether one of the client's preferences (RFC 7240, 2) is {@code durability=volatile}. */
  static boolean prefersVolatile(HttpServerRequest request) {
    if (!request.headers().contains(DataHeaders.PREFER)) {
      return false;
    }
    for (String header : request.headers().getAll(DataHeaders.PREFER)) {
      for (String preference : header.split(",")) {
        String value = preference.split(";", 2)[0].replace(" ", "").replace("\"", "");
        if (value.equalsIgnoreCase("durability=volatile")) {
          return true;
        }
      }
    }
    return false;
  }

  private void refuse(HttpServerRequest request, Problem problem) {
    loop.refuse(request, problem);
  }

  private void record(HttpServerRequest request, int status) {
    loop.counters().record(request.method().name(), status, 0);
  }
}
