package dev.doorbell.service.http;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockRequest;
import dev.doorbell.service.block.MemoryQueue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;

/**
 * One PUT: the body is laid into DMA buffers, written by commands in a bounded window, and
 * acknowledged once it is durable, unless the client asked for less.
 *
 * <p>The last command is held back until the body has ended, so that a body of the wrong length
 * that fits one command changes nothing. One command is written with Force Unit Access; several are
 * written without and flushed once. When the window or the memory is used up, the request is
 * paused. Belongs to the loop's thread.
 */
final class WriteStream {
  private final LoopState loop;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final BlockDevice device;
  private final ContentRangeHeader range;
  private final long first;
  private final long expected;
  private final boolean exact;
  private final boolean durable;
  private final boolean timing;
  private final long started;

  private final Chunk[] chunks;
  private int inUse;

  private Chunk current;
  private ByteBuf pending;
  private MemoryQueue.Waiter waiter;
  private long received;
  private long submitted;
  private long submittedAt;
  private boolean paused;
  private boolean bodyEnded;
  private boolean bodyFinished;
  private boolean flushing;
  private boolean over;
  private boolean gone;
  private boolean ended;
  private Problem failure;
  private int failedZone = -1;

  /**
   * @param range where the body goes
   * @param expected bytes of the body; if it is not known yet, the most there may be
   * @param exact whether {@code expected} is known to be the body's length
   */
  WriteStream(
      LoopState loop,
      HttpServerRequest request,
      BlockDevice device,
      ContentRangeHeader range,
      long expected,
      boolean exact,
      Preferences preferences) {
    this.loop = loop;
    this.request = request;
    this.response = request.response();
    this.device = device;
    this.range = range;
    this.first = range.first();
    this.expected = expected;
    this.exact = exact;
    this.durable = preferences.durable();
    this.timing = preferences.timing();
    this.started = loop.now();
    // Commands of a queue may be done in any order, and a zone wants one.
    this.chunks = new Chunk[device.zones() == null ? loop.limits().window() : 1];
  }

  void start() {
    loop.requestBegan();
    request.exceptionHandler(e -> clientGone());
    response.closeHandler(v -> clientGone());
    request.endHandler(v -> bodyEnded());
    request.handler(this::bodyPart);
  }

  private void bodyPart(Buffer part) {
    if (over) {
      return;
    }
    ByteBuf bytes = ((BufferInternal) part).getByteBuf();
    if (received + pendingBytes() + bytes.readableBytes() > expected) {
      tooLong(received + pendingBytes() + bytes.readableBytes());
      return;
    }
    if (pending != null) {
      // Parts that were on their way when the request was paused.
      pending = Unpooled.wrappedBuffer(pending, bytes);
      return;
    }
    pending = bytes;
    consume();
  }

  /** Lays pending bytes into buffers as far as window and memory reach. */
  private void consume() {
    while (!over && pending != null) {
      if (!pending.isReadable()) {
        pending = null;
        if (paused) {
          paused = false;
          resume();
        }
        break;
      }
      if (current == null && !openChunk()) {
        if (!paused) {
          paused = true;
          request.pause();
        }
        return;
      }
      int n = Math.min(pending.readableBytes(), current.room());
      current.append(pending, n);
      received += n;
      if (current.room() == 0 && received < expected) {
        submitCurrent(false);
      }
    }
    if (!over && bodyEnded && pending == null) {
      finishBody();
    }
  }

  /** Takes a free place in the window and memory for it; false while either is missing. */
  private boolean openChunk() {
    if (waiter != null || inUse == chunks.length) {
      return false;
    }
    long offset = first + received;
    int length = (int) (device.namespace().commandEnd(offset, first + expected) - offset);
    int bytes = exact ? device.writeMemory(offset, length) : device.mostWriteMemory(length);
    DmaBuffer memory = device.memory().allocate(bytes);
    if (memory == null) {
      waiter = new Waiter(bytes, offset, length);
      device.memory().await(waiter);
      return false;
    }
    open(offset, length, memory);
    return true;
  }

  private void open(long offset, int length, DmaBuffer memory) {
    int place = 0;
    while (chunks[place] != null && chunks[place].busy) {
      place++;
    }
    if (chunks[place] == null) {
      chunks[place] = new Chunk();
    }
    current = chunks[place];
    inUse++;
    current.open(offset, length, memory);
  }

  private void submitCurrent(boolean fua) {
    Chunk chunk = current;
    current = null;
    if (timing && submitted == 0) {
      submittedAt = System.nanoTime();
    }
    submitted += chunk.filled();
    device.write(chunk, chunk.begin, chunk.filled(), fua);
  }

  private void bodyEnded() {
    bodyEnded = true;
    if (!over && pending == null) {
      finishBody();
    }
  }

  private void finishBody() {
    if (bodyFinished) {
      // The end came from within the resume that consume() was about to look behind.
      return;
    }
    bodyFinished = true;
    if (!complete()) {
      fail(lengthProblem("the body has " + received + " bytes, the range names " + range.length()));
      return;
    }
    // Alone, so one command with FUA is durable by itself; else one flush covers them all.
    boolean single = submitted == 0;
    flushing = durable && !single;
    if (current != null) {
      submitCurrent(durable && single);
    } else if (inUse == 0) {
      // The range names a byte more than the body has, so that its last command was not held back.
      allWritten();
    }
  }

  /** Whether the body that has ended is one that the range allows. */
  private boolean complete() {
    return exact ? received == expected : range.fitsBody(received);
  }

  /** A request whose end has been seen must not be resumed: HTTP/2's throws. */
  private void resume() {
    if (!bodyEnded) {
      request.resume();
    }
  }

  private void tooLong(long bytes) {
    long most = loop.limits().maxWrite();
    if (most > 0 && bytes > most && range.length() > most) {
      fail(
          Problem.of(
                  413,
                  "Write Too Large",
                  "the write has more than %d bytes, the configured limit http.max_write%s"
                      .formatted(most, written()))
              .with("limit", most)
              .with("bytes_written", submitted));
      return;
    }
    fail(lengthProblem("the body is longer than the " + expected + " bytes that its range names"));
  }

  private Problem lengthProblem(String detail) {
    Problem problem = Problem.of(400, "Body Does Not Match Range", detail + written());
    return problem.with("bytes_written", submitted);
  }

  private String written() {
    return submitted == 0
        ? "; nothing was written"
        : "; the first " + submitted + " bytes of the range have been written";
  }

  private void chunkDone(Chunk chunk, int status) {
    chunk.releaseBuffer();
    chunk.busy = false;
    inUse--;
    if (status != 0) {
      String what =
          (chunk.length() == 0 ? "flush" : "write of " + chunk.length() + " bytes at offset ")
              + (chunk.length() == 0 ? "" : chunk.begin);
      boolean others = submitted > chunk.filled();
      if (device.zones() != null) {
        failedZone = (int) (chunk.begin / device.namespace().zoneBytes());
      }
      fail(
          Problem.ofDrive(
                  others ? what + " (others of the request may be done)" : what, status, true)
              .with("lba", chunk.begin / device.namespace().blockSize()));
      return;
    }
    if (over) {
      settle();
    } else if (pending != null || !bodyEnded) {
      consume();
    } else if (inUse == 0) {
      allWritten();
    }
  }

  private void allWritten() {
    if (flushing) {
      flushing = false;
      Chunk flush = chunks[0];
      flush.busy = true;
      flush.begin = first;
      inUse++;
      device.flush(flush);
      return;
    }
    over = true;
    if (!gone && !response.closed()) {
      response.setStatusCode(204);
      response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
      response.putHeader(
          DataHeaders.PREFERENCE_APPLIED, durable ? DataHeaders.DURABLE : DataHeaders.VOLATILE);
      if (timing) {
        response.putHeader(
            DataHeaders.SERVER_TIMING, Preferences.timing(System.nanoTime() - submittedAt));
      }
      response.end();
      loop.counters().record("PUT", 204, loop.now() - started);
    }
    settle();
  }

  /** Ends the request with a problem, once, after the commands in flight have come back. */
  private void fail(Problem problem) {
    if (failure == null) {
      failure = problem;
    }
    stop();
  }

  private void clientGone() {
    gone = true;
    if (!over) {
      stop();
    }
  }

  private void stop() {
    over = true;
    pending = null;
    if (waiter != null) {
      device.memory().forget(waiter);
      waiter = null;
    }
    if (current != null) {
      current.releaseBuffer();
      current.busy = false;
      current = null;
      inUse--;
    }
    settle();
  }

  /** Nothing is in flight any more: answers a failure, and lets go. */
  private void settle() {
    if (inUse > 0 || ended) {
      return;
    }
    ended = true;
    if (failure != null && failure.status() == 409 && failedZone >= 0) {
      ZoneView.describe(device, failedZone, failure, this::answerFailure);
    } else {
      answerFailure();
    }
  }

  private void answerFailure() {
    if (failure != null && !gone && !response.closed()) {
      resume();
      failure.send(request);
      loop.counters().record("PUT", failure.status(), loop.now() - started);
    }
    loop.requestEnded();
  }

  private int pendingBytes() {
    return pending == null ? 0 : pending.readableBytes();
  }

  /** One command's part of the body. */
  private final class Chunk extends BlockRequest {
    private boolean busy;
    private long begin;
    private int index;
    private int capacity;
    private int filled;

    void open(long offset, int length, DmaBuffer memory) {
      busy = true;
      begin = offset;
      capacity = length;
      filled = 0;
      setClient(request.connection());
      index = device.prepareWrite(this, offset, memory);
    }

    int room() {
      return capacity - filled;
    }

    int filled() {
      return filled;
    }

    void append(ByteBuf source, int n) {
      buffer.setBytes(index + filled, source, n);
      filled += n;
    }

    @Override
    protected void finished(int status) {
      chunkDone(this, status);
    }
  }

  /** Waits for memory on behalf of the paused request. */
  private final class Waiter implements MemoryQueue.Waiter {
    private final int bytes;
    private final long offset;
    private final int length;

    Waiter(int bytes, long offset, int length) {
      this.bytes = bytes;
      this.offset = offset;
      this.length = length;
    }

    @Override
    public int bytesWanted() {
      return bytes;
    }

    @Override
    public void memoryArrived(DmaBuffer memory) {
      waiter = null;
      open(offset, length, memory);
      consume();
    }

    @Override
    public void memoryTimedOut() {
      waiter = null;
      fail(Problem.ofDrive("write at offset " + offset, BlockRequest.BUSY, true));
    }
  }
}
