package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.block.BlockNamespace;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/**
 * Writes to the data of a namespace: checks everything that the head of a request says before
 * anything reaches the drive. Belongs to one event loop.
 */
final class WriteHandler {
  private final LoopState loop;

  WriteHandler(LoopState loop) {
    this.loop = loop;
  }

  /** Writes one range. */
  void put(HttpServerRequest request, BlockDevice device) {
    if (!admitted(request, device)) {
      return;
    }
    BlockNamespace namespace = device.namespace();
    long bodyLength = DataHandler.contentLength(request);
    String header = request.headers().get(HttpHeaders.CONTENT_RANGE);
    ContentRangeHeader range =
        header != null ? ContentRangeHeader.parse(header) : whole(namespace, bodyLength);
    if (bodyLength < 0 && range != null && !unalignedWrites(namespace)) {
      bodyLength = alignedLength(namespace, range);
    }
    Problem problem = check(namespace, header, range, bodyLength);
    if (problem != null) {
      device.refused(BlockKind.WRITE);
      loop.refuse(request, problem);
      return;
    }
    boolean exact = bodyLength >= 0;
    long expected =
        exact
            ? bodyLength
            : Math.min(range.length(), Math.min(namespace.capacity() - range.first(), mostBytes()));
    Preferences preferences = Preferences.of(request);
    if (request.headers().contains(DataHeaders.CONTENT_DIGEST)) {
      WrittenExtents extent = new OneExtent(range, expected, exact);
      buffered(request, device, extent, preferences, exact ? bodyLength : -1);
      return;
    }
    if (request.headers().contains(HttpHeaders.EXPECT)) {
      request.response().writeContinue();
    }
    new WriteStream(loop, request, device, range, expected, exact, preferences).start();
  }

  /** Writes many ranges, the parts of the body. */
  void patch(HttpServerRequest request, BlockDevice device) {
    if (!admitted(request, device)) {
      return;
    }
    BlockNamespace namespace = device.namespace();
    String type = request.headers().get(HttpHeaders.CONTENT_TYPE);
    MultipartReader parts =
        MediaTypes.is(type, "multipart/byteranges") ? MultipartReader.of(type) : null;
    if (parts == null) {
      request.response().putHeader(DataHeaders.ACCEPT_PATCH, DataHeaders.MULTIPART);
      loop.refuse(
          request,
          Problem.of(
              415,
              "Patch Type Not Supported",
              (type == null ? "the patch has no Content-Type" : "Content-Type '" + type + "'")
                  + "; send multipart/byteranges; boundary=…, each part with a Content-Range"));
      return;
    }
    if (namespace.zoned() != null) {
      device.refused(BlockKind.WRITE);
      loop.refuse(
          request,
          Problem.of(
              400,
              "Zones Are Written In Order",
              "commands of a patch may be done in any order; write zones by PUT, or by append"));
      return;
    }
    boolean unaligned = loop.limits().unalignedWrites();
    PatchedExtents extents = new PatchedExtents(parts, namespace, unaligned);
    long length = DataHandler.contentLength(request);
    buffered(request, device, extents, Preferences.of(request), length);
  }

  private void buffered(
      HttpServerRequest request,
      BlockDevice device,
      WrittenExtents extents,
      Preferences preferences,
      long length) {
    DigestFields.Expected digest;
    try {
      digest = DigestFields.expected(request);
    } catch (DigestFields.Malformed e) {
      request.response().putHeader(DataHeaders.WANT_CONTENT_DIGEST, Digest.UNDERSTOOD);
      loop.refuse(
          request,
          Problem.of(400, "Digest Not Understood", e.getMessage() + "; nothing was written"));
      return;
    }
    long most = BufferedWrite.mostBytes(loop, device);
    if (length > most) {
      device.refused(BlockKind.WRITE);
      loop.refuse(request, BufferedWrite.tooLarge(most));
      return;
    }
    if (request.headers().contains(HttpHeaders.EXPECT)) {
      request.response().writeContinue();
    }
    new BufferedWrite(loop, request, device, extents, digest, preferences, length).start();
  }

  /** What holds for every write, whatever it writes; false if it has been refused. */
  private boolean admitted(HttpServerRequest request, BlockDevice device) {
    BlockNamespace namespace = device.namespace();
    if (namespace.readOnly()) {
      device.refused(BlockKind.WRITE);
      loop.refuse(
          request,
          Problem.of(
              403, "Write Protected", "namespace " + namespace.name() + " is write protected"));
      return false;
    }
    String encoding = request.headers().get(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      loop.refuse(
          request,
          Problem.of(
              415,
              "Content Encoding Not Supported",
              "a body encoded as '%s' would land on the drive as it is; send it without encoding"
                  .formatted(encoding)));
      return false;
    }
    return Expectations.met(loop, request);
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
}
