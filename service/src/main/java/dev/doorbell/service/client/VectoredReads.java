package dev.doorbell.service.client;

import io.vertx.core.http.HttpMethod;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Reads of many extents: QUERY, or a request for each where the service does not know it. */
final class VectoredReads {
  /** Of one request; what every service takes. */
  private static final int MAX_EXTENTS = 256;

  private static final long MAX_BYTES = 4 << 20;
  private static final int WINDOW = 16;
  private static final HttpMethod QUERY = HttpMethod.valueOf("QUERY");
  private static final List<String> HEADERS =
      List.of("content-type", "application/json", "accept", "application/octet-stream");

  private final RemoteNamespace namespace;
  private final Transport transport;
  private final String path;

  /** Found out by the first request. */
  private volatile boolean unsupported;

  VectoredReads(RemoteNamespace namespace, Transport transport, String path) {
    this.namespace = namespace;
    this.transport = transport;
    this.path = path;
  }

  CompletableFuture<Void> read(List<Extent> extents, ByteBuffer into) {
    List<Supplier<CompletableFuture<Void>>> requests = new ArrayList<>();
    int first = 0;
    int at = 0;
    while (first < extents.size()) {
      int end = first;
      long bytes = 0;
      while (end < extents.size()
          && end - first < MAX_EXTENTS
          && (bytes == 0 || bytes + extents.get(end).length() <= MAX_BYTES)) {
        bytes += extents.get(end++).length();
      }
      List<Extent> some = extents.subList(first, end);
      ByteBuffer place = into.slice(at, Math.toIntExact(bytes));
      requests.add(() -> request(some, place));
      at += place.limit();
      first = end;
    }
    return Parallel.run(requests.iterator(), WINDOW);
  }

  private CompletableFuture<Void> request(List<Extent> extents, ByteBuffer into) {
    if (unsupported || extents.size() == 1) {
      return singly(extents, into);
    }
    byte[] json = RemoteNamespace.array(extents).encode().getBytes(StandardCharsets.UTF_8);
    Call call = new Call(QUERY, path + "/data", HEADERS, ByteBuffer.wrap(json), into, true);
    return transport
        .send(call)
        .thenApply(reply -> (Void) null)
        .exceptionallyCompose(
            e -> {
              if (Completion.cause(e) instanceof UnsupportedRequestException) {
                unsupported = true;
                return singly(extents, into);
              }
              return CompletableFuture.failedFuture(e);
            });
  }

  private CompletableFuture<Void> singly(List<Extent> extents, ByteBuffer into) {
    List<Supplier<CompletableFuture<Void>>> requests = new ArrayList<>();
    int at = 0;
    for (Extent extent : extents) {
      ByteBuffer place = into.slice(at, Math.toIntExact(extent.length()));
      requests.add(() -> namespace.read(extent.offset(), place));
      at += place.limit();
    }
    return Parallel.run(requests.iterator(), WINDOW);
  }
}
