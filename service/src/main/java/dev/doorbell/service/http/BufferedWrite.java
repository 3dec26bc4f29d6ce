package dev.doorbell.service.http;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.block.BlockRequest;
import dev.doorbell.service.block.MemoryQueue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.List;

/**
 * One write that is taken as a whole before any of it is written: a PATCH with many extents, or a
 * PUT whose digest has to be right. The body is laid into DMA buffers, at most {@link
 * HttpLimits#maxBuffered} bytes of it; then everything is checked; then all commands go in one
 * turn.
 *
 * <p>One command is written with Force Unit Access; several are written without and flushed once.
 * Belongs to the loop's thread.
 */
final class BufferedWrite {
  private final LoopState loop;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final BlockDevice device;
  private final WrittenExtents extents;
  private final DigestFields.Expected digest;
  private final Preferences preferences;
  private final long limit;
  private final long reserved;
  private final long started;
  private final List<Chunk> chunks = new ArrayList<>();

  private Chunk current;
  private ByteBuf pending;
  private MemoryQueue.Waiter waiter;
  private long received;
  private boolean paused;
  private boolean bodyEnded;
  private boolean bodyFinished;
  private boolean submitted;
  private boolean flushing;
  private int outstanding;
  private long submittedAt;
  private boolean over;
  private boolean gone;
  private boolean ended;
  private Problem failure;

  /**
   * @param extents that the body goes to, as far as they are known yet
   * @param digest of the body, or null
   * @param length of the body, or -1
   */
  BufferedWrite(
      LoopState loop,
      HttpServerRequest request,
      BlockDevice device,
      WrittenExtents extents,
      DigestFields.Expected digest,
      Preferences preferences,
      long length) {
    this.loop = loop;
    this.request = request;
    this.response = request.response();
    this.device = device;
    this.extents = extents;
    this.digest = digest;
    this.preferences = preferences;
    this.limit = mostBytes(loop, device);
    this.reserved = length >= 0 ? length : limit;
    this.started = loop.now();
  }

  /** Bytes that a body may have: as configured, and no more than half of a loop's memory. */
  static long mostBytes(LoopState loop, BlockDevice device) {
    return Math.min(loop.limits().maxBuffered(), device.memory().arenaBytes() / 2);
  }

  /** That a body is too large to be held in memory. */
  static Problem tooLarge(long most) {
    return Problem.of(
            413,
            "Write Too Large",
            ("the body has more than %d bytes, the limit of writes with Content-Digest or with parts,"
                    + " which are held in memory until they have been checked: http.max_buffered, or half"
                    + " of queue.dma_arena; nothing was written")
                .formatted(most))
        .with("limit", most);
  }

  void start() {
    // So that such writes never wait for each other's memory, each holding some.
    if (!loop.reserve(reserved, device.memory().arenaBytes() / 2)) {
      loop.refuse(
          request,
          Problem.of(
              503,
              "Service Unavailable",
              "half of the memory is held by writes that are being checked; retry"));
      return;
    }
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
    received += bytes.readableBytes();
    if (received > limit) {
      fail(tooLarge(limit));
      return;
    }
    if (digest != null) {
      digest.update(bytes);
    }
    // Parts may be on their way when the request is paused.
    pending = pending == null ? bytes : Unpooled.wrappedBuffer(pending, bytes);
    consume();
  }

  private void bodyEnded() {
    bodyEnded = true;
    consume();
  }

  /** Lays pending bytes into buffers as far as memory reaches. */
  private void consume() {
    while (!over && waiter == null && pending != null) {
      if (!pending.isReadable()) {
        pending = null;
        if (paused) {
          paused = false;
          resume();
        }
        break;
      }
      if (extents.left() == 0) {
        Problem problem = extents.next(pending);
        if (problem != null) {
          device.refused(BlockKind.WRITE);
          fail(problem);
        }
      } else if (current != null || openChunk()) {
        int n = Math.min(pending.readableBytes(), current.room());
        current.append(pending, n);
        extents.took(n);
        if (current.room() == 0) {
          current = null;
        }
      } else {
        paused = true;
        request.pause();
      }
    }
    if (!over && bodyEnded && pending == null && !bodyFinished) {
      bodyFinished = true;
      finishBody();
    }
  }

  private boolean openChunk() {
    long offset = extents.position();
    long end = device.namespace().commandEnd(offset, offset + extents.left());
    int length = (int) (end - offset);
    int bytes =
        extents.exact() ? device.writeMemory(offset, length) : device.mostWriteMemory(length);
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
    current = new Chunk(extents.index(), offset, length);
    current.take(memory);
    chunks.add(current);
  }

  private void finishBody() {
    Problem problem = extents.checkEnd();
    if (problem == null && digest != null) {
      problem = digest.verify();
    }
    if (problem != null) {
      device.refused(BlockKind.WRITE);
      fail(problem);
      return;
    }
    submitted = true;
    submittedAt = System.nanoTime();
    boolean single = chunks.size() == 1;
    flushing = preferences.durable() && !single;
    outstanding = chunks.size();
    // All in one turn: the block layer sorts and merges them, and rings one doorbell.
    for (int i = 0, n = chunks.size(); i < n; i++) {
      Chunk chunk = chunks.get(i);
      device.write(chunk, chunk.begin, chunk.filled, preferences.durable() && single);
    }
  }

  private void chunkDone(Chunk chunk, int status) {
    chunk.releaseBuffer();
    outstanding--;
    if (status != 0) {
      extents.failed(chunk.extent, status);
      if (failure == null) {
        String what =
            chunk.extent < 0
                ? "flush"
                : "write of " + chunk.filled + " bytes at offset " + chunk.begin;
        failure =
            Problem.ofDrive(what, status, true)
                .with("lba", chunk.begin / device.namespace().blockSize());
      }
    }
    if (outstanding > 0) {
      return;
    }
    if (failure == null && flushing) {
      flushing = false;
      outstanding = 1;
      device.flush(new Chunk(-1, 0, 0));
      return;
    }
    over = true;
    settle();
  }

  /** Refuses the body; nothing has been written. */
  private void fail(Problem problem) {
    failure = problem;
    stop();
  }

  private void clientGone() {
    gone = true;
    if (!over && !submitted) {
      stop();
    }
  }

  private void stop() {
    over = true;
    pending = null;
    current = null;
    if (waiter != null) {
      device.memory().forget(waiter);
      waiter = null;
    }
    chunks.forEach(BlockRequest::releaseBuffer);
    settle();
  }

  private void settle() {
    if (ended) {
      return;
    }
    ended = true;
    if (!gone && !response.closed()) {
      resume();
      if (failure != null) {
        failure.send(request, submitted ? extents.outcomes() : null);
      } else {
        if (preferences.timing()) {
          response.putHeader(
              DataHeaders.SERVER_TIMING, Preferences.timing(System.nanoTime() - submittedAt));
        }
        extents.answer(request, preferences.durable());
      }
      int status = failure != null ? failure.status() : response.getStatusCode();
      loop.counters().record(request.method().name(), status, loop.now() - started);
    }
    loop.unreserve(reserved);
    loop.requestEnded();
  }

  /** A request whose end has been seen must not be resumed: HTTP/2's throws. */
  private void resume() {
    if (!bodyEnded) {
      request.resume();
    }
  }

  /** One command's part of the body; or the flush. */
  private final class Chunk extends BlockRequest {
    private final int extent;
    private final long begin;
    private final int capacity;
    private int index;
    private int filled;

    Chunk(int extent, long begin, int capacity) {
      this.extent = extent;
      this.begin = begin;
      this.capacity = capacity;
      setClient(request.connection());
    }

    void take(DmaBuffer memory) {
      index = device.prepareWrite(this, begin, memory);
    }

    int room() {
      return capacity - filled;
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
