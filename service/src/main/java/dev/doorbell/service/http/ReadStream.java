package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.BlockRequest;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;

/**
 * The answer to one GET: a byte range read by commands in a bounded window and sent in order.
 *
 * <p>A buffer goes from the drive's DMA to the socket without a copy and comes back when the write
 * of its bytes has completed, or failed; only then does the window move on. So a slow reader holds
 * at most the window, whatever the length of its range. Reused by its loop; belongs to its thread.
 */
final class ReadStream implements ReadBudget.Waiter {
  private final LoopState loop;
  private final Chunk[] chunks;

  private HttpServerRequest request;
  private HttpServerResponse response;
  private BlockDevice device;
  private long first;
  private long end;
  private boolean partial;
  private long started;

  private long next;
  private int issued;
  private int delivered;
  private int inUse;
  private boolean headSent;
  private boolean over;
  private ReadBudget budget;
  private boolean waiting;

  /** Where the answer is written to in frames; null if by the response. */
  private FrameConnection frames;

  private final HeadBuffer head = new HeadBuffer(AnswerHead.MOST_BYTES);

  ReadStream(LoopState loop) {
    this.loop = loop;
    this.chunks = new Chunk[loop.limits().window()];
    for (int i = 0; i < chunks.length; i++) {
      chunks[i] = new Chunk();
    }
  }

  /**
   * Begins to read and answer.
   *
   * @param first first byte
   * @param end byte after the last, greater than {@code first}
   * @param partial whether the answer is 206 with a Content-Range, or 200
   */
  void start(HttpServerRequest request, BlockDevice device, long first, long end, boolean partial) {
    this.request = request;
    this.response = request.response();
    this.device = device;
    this.first = first;
    this.end = end;
    this.partial = partial;
    this.started = loop.now();
    this.next = first;
    this.issued = 0;
    this.delivered = 0;
    this.inUse = 0;
    this.headSent = false;
    this.over = false;
    // Over HTTP/1.1 a connection reads for one request at a time, and the window is bound enough.
    this.budget =
        request.version() == HttpVersion.HTTP_2 ? ReadBudget.of(request.connection()) : null;
    this.waiting = false;
    boolean plain = loop.answersPlainly(request);
    this.frames = plain && budget != null ? budget.frames() : null;
    loop.requestBegan();
    Repetition others = plain && partial ? Repetition.of(request.connection()) : null;
    if (others != null && others.failure() != 0) {
      over = true;
      fail(first, (int) (end - first), others.failure());
      finish();
      return;
    }
    if (others != null && device.namespace().commandEnd(first, end) == end) {
      others.learn(request, device);
    }
    issue();
  }

  private void issue() {
    BlockNamespace namespace = device.namespace();
    while (!over && next < end && !waiting) {
      Chunk chunk = chunks[issued % chunks.length];
      if (chunk.busy) {
        // Writes may complete out of order: HTTP/1.1 over TLS does so.
        return;
      }
      boolean scarce = scarce();
      if (scarce && inUse > 0) {
        return;
      }
      long stop = stop(namespace, scarce);
      if (budget != null && !budget.take((int) (stop - next))) {
        waiting = true;
        budget.await(this);
        return;
      }
      chunk.busy = true;
      chunk.ready = false;
      chunk.setClient(request.connection());
      issued++;
      inUse++;
      long offset = next;
      next = stop;
      device.read(chunk, offset, (int) (stop - offset));
    }
  }

  /** Bytes of the command that comes next. */
  @Override
  public int nextLength() {
    return (int) (stop(device.namespace(), scarce()) - next);
  }

  private boolean scarce() {
    return device.memory().scarce() || budget != null && budget.memory().scarce();
  }

  /** Where the next command ends: soon, if most of the memory is with readers who do not read. */
  private long stop(BlockNamespace namespace, boolean scarce) {
    long stop = namespace.commandEnd(next, end);
    return scarce ? SendBuffer.littleEnd(namespace, next, stop) : stop;
  }

  /** Goes on after having waited for the connection's budget. */
  @Override
  public void resume() {
    waiting = false;
    if (response.closed()) {
      over = true;
    }
    if (over && inUse == 0) {
      finish();
    } else {
      issue();
    }
  }

  /** Sends what has arrived, in order; commands may complete in any. */
  private void deliver() {
    while (delivered < issued) {
      Chunk chunk = chunks[delivered % chunks.length];
      if (!chunk.ready) {
        return;
      }
      chunk.ready = false;
      delivered++;
      if (over) {
        chunk.free();
      } else if (chunk.status != 0) {
        fail(chunk.offset(), chunk.length(), chunk.status);
        chunk.free();
      } else {
        send(chunk);
      }
    }
  }

  private void send(Chunk chunk) {
    if (response.closed()) {
      over = true;
      chunk.free();
      return;
    }
    ByteBuf bytes = chunk.toSend();
    if (bytes == null) {
      fail(chunk.offset(), chunk.length(), BlockRequest.BUSY);
      chunk.free();
      return;
    }
    if (budget != null) {
      budget.writes(chunk.length());
    }
    boolean first = !headSent;
    headSent = true;
    if (first && frames != null && !frames.takesHead()) {
      frames.leaveHead();
      frames = null;
    }
    if (first) {
      // Traces look at it, whoever writes the head.
      response.setStatusCode(partial ? 206 : 200);
    }
    boolean last = chunk.offset() + chunk.length() == end;
    if (frames != null) {
      sendFrames(chunk, bytes, first, last);
      return;
    }
    if (first) {
      putHead();
    }
    BufferInternal buffer = BufferInternal.buffer(bytes);
    (last ? response.end(buffer) : response.write(buffer)).onComplete(chunk);
  }

  private void sendFrames(Chunk chunk, ByteBuf bytes, boolean first, boolean last) {
    Http2Stream stream = frames.stream(response.streamId());
    if (stream == null) {
      over = true;
      chunk.free();
      return;
    }
    chunk.frames.send(frames, stream, first ? headFrame(stream.id()) : null, bytes, last, chunk);
  }

  private ByteBuf headFrame(int stream) {
    ByteBuf frame = head.fresh();
    long complete = device.namespace().capacity();
    loop.answerHead().write(frame, stream, partial, first, end, complete, loop.date());
    return frame.retain();
  }

  private void putHead() {
    response.putHeader(HttpHeaders.CONTENT_TYPE, DataHeaders.OCTET_STREAM);
    response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(end - first));
    response.putHeader(HttpHeaders.ACCEPT_RANGES, DataHeaders.BYTES);
    response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    if (partial) {
      response.putHeader(
          HttpHeaders.CONTENT_RANGE,
          "bytes " + first + '-' + (end - 1) + '/' + device.namespace().capacity());
    }
  }

  /** Before the head: a problem. After it: the stream is broken off, never padded or cut short. */
  private void fail(long offset, int length, int status) {
    over = true;
    if (response.closed()) {
      return;
    }
    if (!headSent) {
      String what = "read of " + length + " bytes at offset " + offset;
      Problem problem =
          Problem.ofDrive(what, status, false)
              .ofLength(device.namespace().capacity())
              .with("lba", offset / device.namespace().blockSize());
      headSent = true;
      problem.send(request);
      loop.counters().record("GET", problem.status(), loop.now() - started);
    } else if (request.version() == HttpVersion.HTTP_2) {
      response.reset(HttpErrors.INTERNAL_ERROR);
    } else {
      request.connection().close();
    }
  }

  /** A chunk's buffer has left for good. */
  private void chunkFreed() {
    inUse--;
    if (inUse > 0 || !over && (next < end || delivered < issued)) {
      issue();
    } else if (!waiting) {
      finish();
    }
  }

  private void finish() {
    if (!over) {
      loop.counters().record("GET", partial ? 206 : 200, loop.now() - started);
    }
    request = null;
    response = null;
    device = null;
    budget = null;
    frames = null;
    loop.requestEnded();
    loop.readStreams().recycle(this);
  }

  /** Gives up its memory; it is not used again. */
  void dispose() {
    head.dispose();
  }

  /** One command of the range; also the listener of the write of its bytes. */
  private final class Chunk extends BlockRequest
      implements Handler<AsyncResult<Void>>, ChannelFutureListener {
    private final DataFrames frames = new DataFrames();
    private boolean busy;
    private final SendBuffer sending = new SendBuffer();
    private boolean ready;
    private int status;

    /** The bytes as the socket gets them; null if there is no memory that they may stay in. */
    ByteBuf toSend() {
      ConnectionMemory connection = budget == null ? null : budget.memory();
      if (!sending.take(device.memory(), connection, buffer, buffer.capacity())) {
        return null;
      }
      if (sending.isCopy()) {
        releaseBuffer();
      }
      return sending.bytes();
    }

    @Override
    protected void finished(int status) {
      this.status = status;
      this.ready = true;
      if (budget != null) {
        budget.answered(length());
      }
      deliver();
    }

    /** The bytes are in the socket, or never will be. */
    @Override
    public void handle(AsyncResult<Void> written) {
      sent(written.succeeded());
    }

    /** As {@link #handle}, of frames. */
    @Override
    public void operationComplete(ChannelFuture written) {
      sent(written.isSuccess());
    }

    private void sent(boolean succeeded) {
      if (!succeeded) {
        over = true;
      }
      free();
    }

    void free() {
      busy = false;
      setClient(null);
      sending.free();
      releaseBuffer();
      chunkFreed();
    }
  }
}
