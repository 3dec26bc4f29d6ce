package dev.doorbell.service.http;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockNamespace;
import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;

/**
 * The answer to a request for several extents: read in batches, each of which the drive gets as a
 * whole, and sent in the order of the request.
 *
 * <p>A batch goes from one DMA buffer to the socket by one write, without a copy, and two batches
 * are all that a request holds. Reused by its loop; belongs to its thread.
 */
final class VectoredRead implements ReadBudget.Waiter {
  /** What the body consists of. */
  enum Form {
    /** The extents' bytes, one after the other. */
    OCTETS,
    /** A part for each extent. */
    MULTIPART
  }

  /** Memory of one batch: half of what one connection may have on the way. */
  private static final int BATCH = 256 << 10;

  private static final int BATCHES = 2;

  private final LoopState loop;
  private final Extents extents = new Extents();
  private final Multipart multipart = new Multipart();
  private final ReadBatch[] batches = new ReadBatch[BATCHES];

  private HttpServerRequest request;
  private HttpServerResponse response;
  private BlockDevice device;
  private Form form;
  private int status;
  private long capacity;
  private long started;
  private int batchMemory;
  private int window;

  // Where the next command begins.
  private int extent;
  private long position;

  private int issued;
  private int delivered;
  private int sent;
  private ReadBatch planned;
  private ReadBudget budget;

  // Null and false for most requests.
  private Digest digest;
  private boolean digestInTrailer;
  private boolean timing;

  private boolean waiting;
  private boolean issuing;
  private boolean headSent;
  private boolean over;

  VectoredRead(LoopState loop) {
    this.loop = loop;
    for (int i = 0; i < BATCHES; i++) {
      batches[i] = new ReadBatch(this);
    }
  }

  /**
   * Begins to read and answer.
   *
   * @param asked at least one, within the namespace; copied
   * @param status of the answer: 200; or 206, then octets are of one extent
   */
  void start(HttpServerRequest request, BlockDevice device, Extents asked, Form form, int status) {
    this.request = request;
    this.response = request.response();
    this.device = device;
    this.form = form;
    this.status = status;
    this.capacity = device.namespace().capacity();
    this.started = loop.now();
    extents.set(asked);
    extent = 0;
    position = 0;
    issued = 0;
    delivered = 0;
    sent = 0;
    planned = null;
    headSent = false;
    over = false;
    waiting = false;
    batchMemory = Math.max(device.namespace().transfer(), BATCH);
    readWishes();
    // One batch must never wait for memory that another one of the request has.
    window = BATCHES * batchMemory <= device.memory().arenaBytes() / 2 ? BATCHES : 1;
    budget = request.version() == HttpVersion.HTTP_2 ? ReadBudget.of(request.connection()) : null;
    if (form == Form.MULTIPART) {
      multipart.begin(capacity);
    }
    loop.requestBegan();
    issue();
  }

  /** What the client asks to be told besides. */
  private void readWishes() {
    digest = null;
    digestInTrailer = false;
    timing = request.headers().contains(DataHeaders.PREFER) && Preferences.of(request).timing();
    if (!request.headers().contains(DataHeaders.WANT_CONTENT_DIGEST)) {
      return;
    }
    digest = DigestFields.wanted(request);
    long most = BufferedWrite.mostBytes(loop, device);
    // Each extent's first and last command are rounded out to pages.
    if (extents.total() <= most - 4L * DmaMemory.PAGE_SIZE * extents.count()) {
      batchMemory = Math.max(batchMemory, (int) most);
    } else if (request.version() == HttpVersion.HTTP_2) {
      digestInTrailer = digest != null;
    } else {
      // Over HTTP/1.1 only a chunked body has a trailer, and this one tells its length.
      digest = null;
    }
  }

  /** Whose commands they are. */
  Object client() {
    return request.connection();
  }

  /** What its connection holds, or null. */
  ConnectionMemory connection() {
    return budget == null ? null : budget.memory();
  }

  private void issue() {
    if (issuing) {
      // A command ended before the call that brought it returned.
      return;
    }
    issuing = true;
    while (!over && !waiting && (planned != null || plan())) {
      if (budget != null && !budget.take(planned.bytes())) {
        waiting = true;
        budget.await(this);
        break;
      }
      ReadBatch batch = planned;
      planned = null;
      issued++;
      batch.start();
    }
    issuing = false;
    if (issued == sent && !waiting && (over || planned == null && extent == extents.count())) {
      finish();
    }
  }

  /** Cuts the next batch; false if nothing is left to read, or all batches are on their way. */
  private boolean plan() {
    BlockNamespace namespace = device.namespace();
    ReadBatch batch = batches[issued % window];
    // Writes may complete out of order: HTTP/1.1 over TLS does so.
    if (extent == extents.count() || batch.isBusy()) {
      return false;
    }
    if (issued > sent && (device.memory().scarce() || budget != null && budget.memory().scarce())) {
      return false;
    }
    batch.begin(device);
    while (extent < extents.count()) {
      long from = extents.offset(extent) + position;
      long end = extents.offset(extent) + extents.length(extent);
      int length = (int) (namespace.commandEnd(from, end) - from);
      if (!batch.isEmpty() && batch.memoryWith(from, length) > batchMemory) {
        break;
      }
      batch.add(extent, position == 0, from, length);
      position += length;
      if (from + length == end) {
        extent++;
        position = 0;
      }
    }
    planned = batch;
    return true;
  }

  @Override
  public int nextLength() {
    return planned.bytes();
  }

  @Override
  public void resume() {
    waiting = false;
    if (response.closed()) {
      over = true;
    }
    issue();
  }

  /** All commands of some batch have completed: sends what is next in order. */
  void batchRead() {
    while (delivered < issued) {
      ReadBatch batch = batches[delivered % window];
      if (!batch.isRead()) {
        return;
      }
      delivered++;
      if (budget != null) {
        budget.answered(batch.bytes());
      }
      if (response.closed()) {
        over = true;
      }
      if (!over && batch.hasFailed()) {
        fail(batch);
      }
      if (over) {
        batchSent(batch, false);
        return;
      }
      send(batch);
    }
  }

  private void send(ReadBatch batch) {
    boolean last = extent == extents.count() && planned == null && delivered == issued;
    ByteBuf body = form == Form.MULTIPART ? batch.parts(multipart, extents, last) : batch.octets();
    if (digest != null) {
      digest.update(body);
    }
    ByteBuf bytes = batch.toSend(body);
    if (bytes == null) {
      batch.failForMemory();
      fail(batch);
      batchSent(batch, false);
      return;
    }
    if (budget != null) {
      budget.writes(batch.bytes());
    }
    if (!headSent) {
      sendHead(batch);
    }
    if (last && digestInTrailer) {
      response.putTrailer(DataHeaders.CONTENT_DIGEST, digest.member());
    }
    BufferInternal buffer = BufferInternal.buffer(bytes);
    (last ? response.end(buffer) : response.write(buffer)).onComplete(batch);
  }

  private void sendHead(ReadBatch first) {
    headSent = true;
    response.setStatusCode(status);
    if (form == Form.MULTIPART) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, multipart.contentType());
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(multipart.length(extents)));
    } else {
      response.putHeader(HttpHeaders.CONTENT_TYPE, DataHeaders.OCTET_STREAM);
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(extents.total()));
    }
    if (status == 206 && form == Form.OCTETS) {
      long offset = extents.offset(0);
      response.putHeader(
          HttpHeaders.CONTENT_RANGE,
          "bytes " + offset + '-' + (offset + extents.length(0) - 1) + '/' + capacity);
    }
    if (request.method() == HttpMethod.GET) {
      response.putHeader(HttpHeaders.ACCEPT_RANGES, DataHeaders.BYTES);
    }
    response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    if (timing) {
      response.putHeader(DataHeaders.SERVER_TIMING, Preferences.timing(first.nanos()));
    }
    if (digestInTrailer) {
      response.putHeader(DataHeaders.TRAILER, DataHeaders.CONTENT_DIGEST);
    } else if (digest != null) {
      response.putHeader(DataHeaders.CONTENT_DIGEST, digest.member());
    }
  }

  /** Before the head: a problem. After it: the stream is broken off, never padded or cut short. */
  private void fail(ReadBatch batch) {
    over = true;
    if (!headSent) {
      headSent = true;
      boolean several = form == Form.MULTIPART || request.method() != HttpMethod.GET;
      String what =
          "read of %d bytes at offset %d%s"
              .formatted(
                  batch.failedLength(),
                  batch.failedOffset(),
                  several ? ", of extent " + batch.failedExtent() : "");
      Problem problem =
          Problem.ofDrive(what, batch.failedStatus(), false)
              .ofLength(capacity)
              .with("lba", batch.failedOffset() / device.namespace().blockSize());
      if (several) {
        problem.with("extent", batch.failedExtent());
      }
      problem.send(request);
      loop.counters().record(request.method().name(), problem.status(), loop.now() - started);
    } else if (request.version() == HttpVersion.HTTP_2) {
      response.reset(HttpErrors.INTERNAL_ERROR);
    } else {
      request.connection().close();
    }
  }

  /** A batch's memory is free again. */
  void batchSent(ReadBatch batch, boolean successfully) {
    if (!successfully) {
      over = true;
    }
    batch.free();
    sent++;
    if (over && delivered < issued) {
      // Those behind it are thrown away as they arrive.
      batchRead();
      return;
    }
    issue();
  }

  private void finish() {
    if (!over) {
      loop.counters().record(request.method().name(), status, loop.now() - started);
    }
    request = null;
    response = null;
    device = null;
    budget = null;
    if (planned != null) {
      planned.free();
      planned = null;
    }
    loop.requestEnded();
    loop.vectoredReads().recycle(this);
  }
}
