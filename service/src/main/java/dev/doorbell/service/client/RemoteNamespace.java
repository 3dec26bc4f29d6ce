package dev.doorbell.service.client;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A namespace of the service.
 *
 * <p>A buffer belongs to the call until its future is done. Offsets and lengths are bytes, any; the
 * service rounds. Reads and writes may be repeated when the service is busy, as doing them twice is
 * as good as once.
 */
public final class RemoteNamespace {
  /** Longer reads are cut into pieces of this size. */
  private static final int PIECE = 1 << 20;

  /** Pieces of one read under way at once. */
  private static final int WINDOW = 16;

  /** Of one request. */
  private static final int EXTENTS = 256;

  private final Transport transport;
  private final String path;
  private final NamespaceInfo info;
  private final VectoredReads vectored;

  RemoteNamespace(Transport transport, String path, NamespaceInfo info) {
    this.transport = transport;
    this.path = path;
    this.info = info;
    this.vectored = new VectoredReads(this, transport, path);
  }

  /** As it was when it was asked for. */
  public NamespaceInfo info() {
    return info;
  }

  /** The address of the namespace. */
  public String address() {
    return transport.options().base().resolve(transport.options().prefix() + path).toString();
  }

  /** Reads into all that is left of a buffer, whose position is at its limit then. */
  public CompletableFuture<Void> read(long offset, ByteBuffer into) {
    int length = into.remaining();
    if (length == 0) {
      return CompletableFuture.completedFuture(null);
    }
    checkRange(offset, length);
    CompletableFuture<Void> done =
        length <= PIECE
            ? readPiece(offset, into.slice())
            : Parallel.run(pieces(offset, into.slice()), WINDOW);
    return done.thenRun(() -> into.position(into.limit()));
  }

  private Iterator<Supplier<CompletableFuture<Void>>> pieces(long offset, ByteBuffer into) {
    List<Supplier<CompletableFuture<Void>>> pieces = new ArrayList<>();
    for (int at = 0; at < into.limit(); at += PIECE) {
      int begin = at;
      int length = Math.min(PIECE, into.limit() - at);
      pieces.add(() -> readPiece(offset + begin, into.slice(begin, length)));
    }
    return pieces.iterator();
  }

  private CompletableFuture<Void> readPiece(long offset, ByteBuffer into) {
    List<String> range =
        List.of("range", "bytes=" + offset + "-" + (offset + into.remaining() - 1));
    return transport
        .send(new Call(HttpMethod.GET, path + "/data", range, null, into, true))
        .thenApply(reply -> null);
  }

  /**
   * Reads extents, in any order, one after the other into a buffer: many in one request where the
   * service can do that.
   *
   * @param into has as much room as the extents have bytes
   */
  public CompletableFuture<Void> read(List<Extent> extents, ByteBuffer into) {
    long length = extents.stream().mapToLong(Extent::length).reduce(0, Math::addExact);
    if (length != into.remaining()) {
      throw new IllegalArgumentException(
          "extents of " + length + " bytes, a buffer with room for " + into.remaining());
    }
    extents.forEach(e -> checkRange(e.offset(), e.length()));
    return vectored.read(extents, into.slice()).thenRun(() -> into.position(into.limit()));
  }

  /** Writes all that is left of a buffer, whose position is at its limit then. */
  public CompletableFuture<Void> write(long offset, ByteBuffer from, Durability durability) {
    int length = from.remaining();
    if (length == 0) {
      return CompletableFuture.completedFuture(null);
    }
    checkRange(offset, length);
    List<String> headers = new ArrayList<>();
    headers.addAll(
        List.of("content-range", "bytes " + offset + "-" + (offset + length - 1) + "/*"));
    headers.addAll(prefer(durability));
    // A zone takes a block once: there a second attempt would not be what the first was.
    Call call =
        new Call(HttpMethod.PUT, path + "/data", headers, from.slice(), null, !info.zoned());
    return transport.send(call).thenRun(() -> from.position(from.limit()));
  }

  /** Makes all writes that were acknowledged durable. */
  public CompletableFuture<Void> flush() {
    return act("flush", null, Durability.DURABLE);
  }

  /** Lets bytes read as zeros, without sending them; the drive may give their space back. */
  public CompletableFuture<Void> writeZeroes(Extent extent, Durability durability) {
    checkRange(extent.offset(), extent.length());
    // What one command takes is what one extent may have.
    long most =
        info.members().get("max_write_zeroes_bytes") instanceof Number limit
                && limit.longValue() > 0
            ? limit.longValue()
            : extent.length();
    List<Extent> parts = new ArrayList<>();
    for (long at = extent.offset(); at < extent.end(); at += most) {
      parts.add(new Extent(at, Math.min(most, extent.end() - at)));
    }
    List<Supplier<CompletableFuture<Void>>> requests = new ArrayList<>();
    for (int i = 0; i < parts.size(); i += EXTENTS) {
      List<Extent> some = parts.subList(i, Math.min(parts.size(), i + EXTENTS));
      String body = extents(some).put("unmap", true).encode();
      requests.add(() -> act("write-zeroes", body, durability));
    }
    return Parallel.run(requests.iterator(), 1);
  }

  /** Tells the drive that what is in these extents is not needed any more. */
  public CompletableFuture<Void> discard(List<Extent> extents) {
    extents.forEach(e -> checkRange(e.offset(), e.length()));
    return act("discard", extents(extents).encode(), Durability.DURABLE);
  }

  /** These may be done twice as well as once. */
  private CompletableFuture<Void> act(String action, String json, Durability durability) {
    List<String> headers = new ArrayList<>(prefer(durability));
    ByteBuffer body = null;
    if (json != null) {
      body = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
      headers.addAll(List.of("content-type", "application/json"));
    }
    return transport
        .send(new Call(HttpMethod.POST, path + "/" + action, headers, body, null, true))
        .thenApply(reply -> null);
  }

  private static List<String> prefer(Durability durability) {
    return durability == Durability.VOLATILE ? List.of("prefer", "durability=volatile") : List.of();
  }

  /** What the service tells of it now. */
  public CompletableFuture<Document> describe() {
    return transport.send(Call.get(path)).thenApply(Reply::document);
  }

  /** What GET of a resource below the namespace answers, such as {@code statistics}. */
  public CompletableFuture<Document> get(String resource) {
    return transport.send(Call.get(path + "/" + resource)).thenApply(Reply::document);
  }

  /** All zones, asked for page by page. */
  public CompletableFuture<List<ZoneInfo>> zones() {
    return zones(0, new ArrayList<>());
  }

  private CompletableFuture<List<ZoneInfo>> zones(long from, List<ZoneInfo> found) {
    return get("zones?limit=1000&from=" + from)
        .thenCompose(Completion.mapping(page -> addPage(page, found)))
        .thenCompose(
            next -> next > from ? zones(next, found) : CompletableFuture.completedFuture(found));
  }

  /** Returns where the next page begins, or -1. */
  private static long addPage(Document page, List<ZoneInfo> found) throws BrokenAnswerException {
    Map<String, Object> json = page.object();
    if (!(json.get("zones") instanceof List<?> zones)) {
      throw new BrokenAnswerException("the report has no zones: " + json.keySet(), null);
    }
    for (Object zone : zones) {
      Map<String, Object> members = Members.object(zone);
      if (members == null) {
        throw new BrokenAnswerException("a zone is no JSON object: " + zone, null);
      }
      found.add(ZoneInfo.of(members));
    }
    return json.containsKey("next") ? Members.number(json, "next") : -1;
  }

  /** The bytes of the namespace as a channel, positioned at the first. */
  public RemoteChannel channel(Durability durability) {
    return new RemoteChannel(this, durability);
  }

  private static JsonObject extents(List<Extent> extents) {
    return new JsonObject().put("extents", array(extents));
  }

  static JsonArray array(List<Extent> extents) {
    JsonArray list = new JsonArray();
    extents.forEach(e -> list.add(object(e)));
    return list;
  }

  private static JsonObject object(Extent extent) {
    return new JsonObject().put("offset", extent.offset()).put("length", extent.length());
  }

  private void checkRange(long offset, long length) {
    if (offset < 0 || length > info.capacity() - offset) {
      throw new IndexOutOfBoundsException(
          "%d bytes at %d; %s has %d".formatted(length, offset, info.name(), info.capacity()));
    }
  }
}
