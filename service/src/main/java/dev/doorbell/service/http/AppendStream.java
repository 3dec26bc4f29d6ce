package dev.doorbell.service.http;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.BlockRequest;
import dev.doorbell.service.block.MemoryQueue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * One append: the body goes to a zone by one Zone Append, or if it is larger than one may be, by
 * several, one after the other, between which those of other clients may come. The answer tells
 * where the bytes went, once they are durable, unless the client asked for less.
 *
 * <p>The last command is held back until the body has ended. Belongs to the loop's thread.
 */
final class AppendStream {
  private static final int MAX_EXTENTS_KEPT = 1 << 16;

  private final LoopState loop;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final BlockDevice device;
  private final int zone;
  private final long expected;
  private final boolean durable;
  private final long started;
  private final int appendBytes;
  private final Append append = new Append();
  private final JsonArray extents = new JsonArray();

  private ByteBuf pending;
  private long received;
  private long written;
  private long extentBegin = -1;
  private long extentEnd;
  private boolean waitsForMemory;
  private boolean inFlight;
  private boolean flushing;
  private boolean several;
  private boolean paused;
  private boolean bodyEnded;
  private boolean over;
  private boolean gone;
  private boolean ended;

  /** Not all of the body came, or could be taken. */
  private boolean cutOff;

  private IdempotencyStore.Ticket ticket;
  private Problem failure;

  /**
   * @param expected bytes of the body, whole blocks; -1 if that is not known yet
   * @param ticket to be told what came of it, or null
   */
  AppendStream(
      LoopState loop,
      HttpServerRequest request,
      BlockDevice device,
      int zone,
      long expected,
      boolean durable,
      IdempotencyStore.Ticket ticket) {
    this.loop = loop;
    this.ticket = ticket;
    this.request = request;
    this.response = request.response();
    this.device = device;
    this.zone = zone;
    this.expected = expected;
    this.durable = durable;
    this.started = loop.now();
    this.appendBytes = device.namespace().appendBytes();
  }

  static Problem notWholeBlocks(BlockNamespace namespace, long length, long written) {
    return Problem.of(
            400,
            "Not Whole Blocks",
            "an append of %d bytes is not one or more whole blocks of %d bytes; %s"
                .formatted(
                    length,
                    namespace.blockSize(),
                    written == 0
                        ? "nothing was written"
                        : "the first " + written + " bytes have been written"))
        .with("block_size", namespace.blockSize())
        .with("bytes_written", written);
  }

  static Problem tooLarge(long length, long most) {
    return Problem.of(
            413,
            "Write Too Large",
            "the write has %d bytes, the configured limit http.max_write is %d"
                .formatted(length, most))
        .with("limit", most);
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
    // Parts may be on their way when the request is paused.
    pending = pending == null ? bytes : Unpooled.wrappedBuffer(pending, bytes);
    consume();
  }

  private void bodyEnded() {
    bodyEnded = true;
    consume();
  }

  /** Lays pending bytes into the buffer, as far as it reaches, and sees what is next. */
  private void consume() {
    while (!over && pending != null && pending.isReadable()) {
      if (inFlight || !append.hasMemory() && !open()) {
        pause();
        return;
      }
      if (append.room() == 0) {
        several = true;
        submit(false);
        continue;
      }
      int n = Math.min(pending.readableBytes(), append.room());
      append.take(pending, n);
      received += n;
      long most = loop.limits().maxWrite();
      if (most > 0 && received > most) {
        device.refused(BlockKind.APPEND);
        fail(tooLarge(received, most));
        return;
      }
    }
    pending = null;
    if (paused && !over) {
      paused = false;
      if (!bodyEnded) {
        request.resume();
      }
    }
    if (!over && bodyEnded && !inFlight && !waitsForMemory) {
      finishBody();
    }
  }

  private void finishBody() {
    if (append.hasMemory() && append.filled > 0) {
      if (!device.namespace().aligned(0, append.filled)) {
        device.refused(BlockKind.APPEND);
        fail(notWholeBlocks(device.namespace(), received, written));
        return;
      }
      // Alone, one command with FUA is durable by itself; else one flush covers all.
      submit(durable && !several);
    } else if (received == 0) {
      device.refused(BlockKind.APPEND);
      fail(notWholeBlocks(device.namespace(), 0, 0));
    } else if (several && durable && !flushing) {
      flushing = true;
      inFlight = true;
      device.flush(append);
    } else {
      succeed();
    }
  }

  private boolean open() {
    if (waitsForMemory) {
      return false;
    }
    long left = expected < 0 ? appendBytes : expected - received;
    int bytes = (int) Math.min(appendBytes, left);
    DmaBuffer memory = device.memory().allocate(bytes);
    if (memory == null) {
      waitsForMemory = true;
      append.wanted = bytes;
      device.memory().await(append);
      return false;
    }
    append.open(memory, bytes);
    return true;
  }

  private void submit(boolean fua) {
    inFlight = true;
    device.append(append, zone, append.filled, fua);
  }

  private void done(int status) {
    inFlight = false;
    if (flushing) {
      if (status != 0) {
        fail(
            Problem.ofDrive("flush", status, true)
                .with("lba", device.zones().info().start(zone))
                .with("bytes_written", written));
      } else {
        succeedOrSettle();
      }
      return;
    }
    int length = append.filled;
    append.close();
    if (status != 0) {
      Problem problem =
          Problem.ofDrive("append of %d bytes to zone %d".formatted(length, zone), status, true)
              .with("lba", device.zones().info().start(zone))
              .with("bytes_written", written);
      if (written > 0) {
        endExtent();
        problem.with("extents", extents);
      }
      fail(problem);
      return;
    }
    wrote(append.appendedAt(), length);
    if (over) {
      settle();
    } else {
      consume();
    }
  }

  /** Runs of bytes that lie next to each other are told as one. */
  private void wrote(long offset, int length) {
    written += length;
    if (extentBegin >= 0 && offset == extentEnd) {
      extentEnd += length;
      return;
    }
    endExtent();
    extentBegin = offset;
    extentEnd = offset + length;
  }

  private void endExtent() {
    if (extentBegin >= 0 && extents.size() < MAX_EXTENTS_KEPT) {
      extents.add(
          new JsonObject().put("offset", extentBegin).put("length", extentEnd - extentBegin));
      extentBegin = -1;
    }
  }

  private void succeedOrSettle() {
    if (over) {
      settle();
    } else {
      succeed();
    }
  }

  private void succeed() {
    over = true;
    Reply reply = success(durable);
    tell(reply, true);
    if (!gone && !response.closed()) {
      reply.send(request);
      loop.counters().record("POST", 200, loop.now() - started);
    }
    settle();
  }

  private Reply success(boolean as) {
    endExtent();
    return Reply.json(
            new JsonObject()
                .put("zone", zone)
                .put("offset", extents.getJsonObject(0).getLong("offset"))
                .put("length", written)
                .put("extents", extents))
        .applied(as);
  }

  /** Tells what came of it for when the client asks again, once. */
  private void tell(Reply reply, boolean changed) {
    if (ticket != null) {
      ticket.finish(reply, changed);
      ticket = null;
    }
  }

  /** Of a client that has gone: it may ask again, by its key. */
  private void tellUnanswered() {
    if (!cutOff && written > 0) {
      // Alone it was durable by itself; several would have been flushed, which they were not.
      tell(success(durable && !several), true);
      return;
    }
    endExtent();
    Problem cut =
        Problem.of(
                409,
                "Append Cut Short",
                "the request was cut off after %d bytes had been appended".formatted(written))
            .with("bytes_written", written)
            .with("extents", extents);
    if (written > 0) {
      tell(cut.reply(), true);
    } else {
      ticket.forget();
      ticket = null;
    }
  }

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
    boolean left = pending != null && pending.isReadable();
    cutOff = !bodyEnded || left || !inFlight && append.filled > 0;
    pending = null;
    if (waitsForMemory) {
      device.memory().forget(append);
      waitsForMemory = false;
    }
    if (!inFlight) {
      append.close();
    }
    settle();
  }

  /** Nothing is in flight any more: answers a failure, and lets go. */
  private void settle() {
    if (inFlight || ended) {
      return;
    }
    ended = true;
    append.close();
    if (failure != null && failure.status() == 409) {
      ZoneView.describe(device, zone, failure, this::answerFailure);
    } else {
      answerFailure();
    }
  }

  private void answerFailure() {
    if (failure != null) {
      tell(failure.reply(), written > 0);
    } else if (ticket != null) {
      tellUnanswered();
    }
    if (failure != null && !gone && !response.closed()) {
      if (!bodyEnded) {
        request.resume();
      }
      failure.send(request);
      loop.counters().record("POST", failure.status(), loop.now() - started);
    }
    loop.requestEnded();
  }

  private void pause() {
    if (!paused) {
      paused = true;
      request.pause();
    }
  }

  /** The command at work, and who waits for its memory. */
  private final class Append extends BlockRequest implements MemoryQueue.Waiter {
    private int capacity;
    private int filled;
    private int wanted;

    void open(DmaBuffer memory, int bytes) {
      setClient(request.connection());
      device.prepareWrite(this, 0, memory);
      capacity = bytes;
      filled = 0;
    }

    boolean hasMemory() {
      return buffer != null;
    }

    int room() {
      return capacity - filled;
    }

    void take(ByteBuf source, int n) {
      buffer.setBytes(filled, source, n);
      filled += n;
    }

    void close() {
      releaseBuffer();
      filled = 0;
    }

    @Override
    protected void finished(int status) {
      AppendStream.this.done(status);
    }

    @Override
    public int bytesWanted() {
      return wanted;
    }

    @Override
    public void memoryArrived(DmaBuffer memory) {
      waitsForMemory = false;
      open(memory, wanted);
      consume();
    }

    @Override
    public void memoryTimedOut() {
      waitsForMemory = false;
      fail(Problem.ofDrive("append to zone " + zone, BlockRequest.BUSY, true));
    }
  }
}
