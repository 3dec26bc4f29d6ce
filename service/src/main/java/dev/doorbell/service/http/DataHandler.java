package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * The data of a namespace: GET and QUERY read byte ranges, PUT and PATCH write them.
 *
 * <p>Checks everything that comes from the client before anything reaches the drive. Belongs to one
 * event loop.
 */
final class DataHandler {
  private static final String ALLOW = "GET, HEAD, OPTIONS, PATCH, PUT, QUERY";

  /** A read whose body says what of; there is no constant of it in Vert.x. */
  private static final String QUERY = "QUERY";

  private final LoopState loop;
  private final WriteHandler writes;

  DataHandler(LoopState loop) {
    this.loop = loop;
    this.writes = new WriteHandler(loop);
  }

  /** Answers a request for the data of namespace {@code name}. */
  void handle(HttpServerRequest request, String name) {
    BlockDevice device = loop.device(name);
    if (device == null) {
      refuseAbsent(request, name);
      return;
    }
    HttpMethod method = request.method();
    if (method == HttpMethod.GET) {
      get(request, device);
    } else if (method == HttpMethod.PUT) {
      writes.put(request, device);
    } else if (method == HttpMethod.PATCH) {
      writes.patch(request, device);
    } else if (method == HttpMethod.HEAD) {
      head(request, device);
    } else if (method.name().equals(QUERY)) {
      QueryRequest.start(loop, request, device);
    } else if (method == HttpMethod.OPTIONS) {
      request
          .response()
          .putHeader(HttpHeaders.ALLOW, ALLOW)
          .putHeader(DataHeaders.ACCEPT_PATCH, DataHeaders.MULTIPART)
          .putHeader(DataHeaders.ACCEPT_QUERY, DataHeaders.JSON)
          .setStatusCode(204)
          .end();
      record(request, 204);
    } else {
      request.response().putHeader(HttpHeaders.ALLOW, ALLOW);
      refuse(request, Problem.methodNotAllowed(method, ALLOW));
    }
  }

  private void refuseAbsent(HttpServerRequest request, String name) {
    refuse(request, Target.noSuchNamespace(name));
  }

  private void get(HttpServerRequest request, BlockDevice device) {
    long capacity = device.namespace().capacity();
    if (capacity == 0) {
      // It has just been detached, and this loop has not been told yet.
      refuseAbsent(request, device.namespace().name());
      return;
    }
    String header = request.headers().get(DataHeaders.RANGE);
    // There is no validator of live data that If-Range could match, so it never does.
    boolean wishes =
        request.headers().contains(DataHeaders.WANT_CONTENT_DIGEST)
            || request.headers().contains(DataHeaders.PREFER);
    if (header == null || request.headers().contains(DataHeaders.IF_RANGE)) {
      read(request, device, 0, capacity, false, wishes);
      return;
    }
    RangeHeader range = loop.rangeHeader();
    switch (range.parse(header, capacity)) {
      case SATISFIABLE -> read(request, device, range.first(), range.last() + 1, true, wishes);
      case OTHER_UNIT -> read(request, device, 0, capacity, false, wishes);
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
          loop.vectoredReads()
              .take()
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

  /** One range; by the stream that is made for nothing else, unless the client has wishes. */
  private void read(
      HttpServerRequest request,
      BlockDevice device,
      long first,
      long end,
      boolean partial,
      boolean wishes) {
    if (!wishes) {
      loop.readStreams().take().start(request, device, first, end, partial);
      return;
    }
    Extents one = loop.extents();
    one.clear();
    one.add(first, end - first);
    loop.vectoredReads()
        .take()
        .start(request, device, one, VectoredRead.Form.OCTETS, partial ? 206 : 200);
  }

  private void head(HttpServerRequest request, BlockDevice device) {
    if (!device.namespace().available()) {
      refuseAbsent(request, device.namespace().name());
      return;
    }
    HttpServerResponse response = request.response();
    response.putHeader(HttpHeaders.CONTENT_TYPE, DataHeaders.OCTET_STREAM);
    response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(device.namespace().capacity()));
    response.putHeader(HttpHeaders.ACCEPT_RANGES, DataHeaders.BYTES);
    response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    response.end();
    record(request, 200);
  }

  /** Content-Length, or -1 if there is none. */
  static long contentLength(HttpServerRequest request) {
    String header = request.headers().get(HttpHeaders.CONTENT_LENGTH);
    return header == null ? -1 : Decimal.parse(header, 0, header.length());
  }

  private void refuse(HttpServerRequest request, Problem problem) {
    loop.refuse(request, problem);
  }

  private void record(HttpServerRequest request, int status) {
    loop.counters().record(request.method().name(), status, 0);
  }
}
