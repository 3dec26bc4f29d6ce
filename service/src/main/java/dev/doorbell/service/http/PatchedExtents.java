package dev.doorbell.service.http;

import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockNamespace;
import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Comparator;

/** The extents of a PATCH: the parts of a {@code multipart/byteranges} body. */
final class PatchedExtents implements WrittenExtents {
  /** Extents that one request may have. */
  static final int MOST = 1024;

  private final MultipartReader parts;
  private final BlockNamespace namespace;
  private final boolean unaligned;
  private final Extents extents = new Extents();
  private int[] statuses;

  /**
   * @param unaligned whether extents need not be whole blocks
   */
  PatchedExtents(MultipartReader parts, BlockNamespace namespace, boolean unaligned) {
    this.parts = parts;
    this.namespace = namespace;
    this.unaligned = unaligned;
  }

  @Override
  public long left() {
    return parts.state() == MultipartReader.State.DATA ? parts.remaining() : 0;
  }

  @Override
  public long position() {
    return parts.range().last() + 1 - parts.remaining();
  }

  @Override
  public int index() {
    return extents.count() - 1;
  }

  @Override
  public boolean exact() {
    return true;
  }

  @Override
  public Problem next(ByteBuf bytes) {
    parts.read(bytes);
    return switch (parts.state()) {
      case BROKEN -> malformed(parts.mistake());
      case DATA -> begin(parts.range());
      default -> null;
    };
  }

  @Override
  public void took(int bytes) {
    parts.took(bytes);
  }

  private Problem begin(ContentRangeHeader range) {
    int index = extents.count();
    long capacity = namespace.capacity();
    if (index == MOST) {
      return Problem.of(
              413, "Too Many Extents", "more than " + MOST + " parts; nothing was written")
          .with("limit", MOST);
    }
    if (range.last() >= capacity) {
      return Problem.of(
              400,
              "Range Past The End",
              "part %d, bytes %d to %d, does not lie within the %d bytes of the namespace; nothing was written"
                  .formatted(index, range.first(), range.last(), capacity))
          .with("extent", index)
          .with("capacity", capacity);
    }
    if (range.complete() != ContentRangeHeader.UNKNOWN
        && range.complete() != capacity
        && range.complete() != range.length()) {
      return malformed(
              ("part %d: its Content-Range says that %d bytes are complete; allowed are *, -1, the"
                      + " part's length, or the capacity %d")
                  .formatted(index, range.complete(), capacity))
          .with("extent", index);
    }
    if (!unaligned && !namespace.aligned(range.first(), range.length())) {
      return Problem.of(
              400,
              "Unaligned Write",
              ("part %d, bytes %d to %d, is not whole blocks of %d bytes, and unaligned writes are"
                      + " switched off (http.unaligned_writes); nothing was written")
                  .formatted(index, range.first(), range.last(), namespace.blockSize()))
          .with("extent", index)
          .with("block_size", namespace.blockSize());
    }
    extents.add(range.first(), range.length());
    return null;
  }

  @Override
  public Problem checkEnd() {
    if (!parts.endedWell()) {
      return malformed(parts.mistake());
    }
    statuses = new int[extents.count()];
    return overlap();
  }

  /** Commands of a request may be done in any order, so that overlapping extents mean nothing. */
  private Problem overlap() {
    Integer[] order = new Integer[extents.count()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingLong(extents::offset));
    for (int i = 1; i < order.length; i++) {
      int before = order[i - 1];
      int after = order[i];
      if (extents.offset(before) + extents.length(before) > extents.offset(after)) {
        return Problem.of(
                400,
                "Overlapping Extents",
                "part %d and part %d both write byte %d; nothing was written"
                    .formatted(
                        Math.min(before, after), Math.max(before, after), extents.offset(after)))
            .with("extent", Math.max(before, after));
      }
    }
    return null;
  }

  private static Problem malformed(String mistake) {
    return Problem.of(400, "Malformed Patch", mistake + "; nothing was written");
  }

  @Override
  public void failed(int extent, int status) {
    if (extent >= 0 && statuses[extent] == 0) {
      statuses[extent] = status;
    }
  }

  @Override
  public JsonArray outcomes() {
    JsonArray all = new JsonArray();
    for (int i = 0; i < extents.count(); i++) {
      all.add(
          new JsonObject()
              .put("offset", extents.offset(i))
              .put("length", extents.length(i))
              .put("outcome", outcome(statuses[i])));
    }
    return all;
  }

  private static String outcome(int status) {
    if (status == 0) {
      return "written";
    }
    boolean unknown =
        status == HostStatus.OUTCOME_UNKNOWN || Status.code(status) == Status.ABORT_REQUESTED;
    return unknown ? "unknown" : "failed";
  }

  @Override
  public void answer(HttpServerRequest request, boolean durable) {
    HttpServerResponse response = request.response();
    response.putHeader(HttpHeaders.CONTENT_TYPE, DataHeaders.JSON);
    response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    response.putHeader(
        DataHeaders.PREFERENCE_APPLIED, durable ? DataHeaders.DURABLE : DataHeaders.VOLATILE);
    Bodies.end(request, new JsonObject().put("extents", outcomes()).toBuffer());
  }
}
