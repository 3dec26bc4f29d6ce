package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.block.BlockNamespace;
import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * One append: the body goes to a zone by one Zone Append, or if it is larger than one may be, by
 * several, one after the other, between which those of other clients may come. The answer tells
 * where the bytes went, once they are durable, unless the client asked for less.
 *
 * <p>The last command is held back until the body has ended. Belongs to the loop's thread.
 */
final class AppendStream extends BodyWrite {
  private static final int MAX_EXTENTS_KEPT = 1 << 16;

  private final int zone;
  private final long expected;
  private final boolean durable;
  private final int appendBytes;
  private final JsonArray extents = new JsonArray();

  private long received;
  private long written;
  private long extentBegin = -1;
  private long extentEnd;
  private boolean several;
  private boolean lastSubmitted;
  private boolean lastSent;
  private boolean flushing;

  private IdempotencyStore.Ticket ticket;

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
    super(loop, request, device);
    this.zone = zone;
    this.expected = expected;
    this.durable = durable;
    this.ticket = ticket;
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

  @Override
  void start() {
    startWithRoom(expected < 0 ? appendBytes : Math.min(expected, appendBytes));
  }

  @Override
  Problem came(ByteBuf part) {
    received += part.readableBytes();
    long most = loop.limits().maxWrite();
    if (most > 0 && received > most) {
      device.refused(BlockKind.APPEND);
      return tooLarge(received, most);
    }
    keep(part);
    return null;
  }

  @Override
  void proceed() {
    if (inUse() > 0) {
      if (body.bytes() >= appendBytes) {
        pause();
      }
    } else if (lastSubmitted) {
      // The flush is done, or there is none.
      succeed();
    } else if (body.bytes() > appendBytes) {
      several = true;
      submit(0, 0, appendBytes);
    } else if (isComplete()) {
      submitLast();
    } else {
      resume();
    }
  }

  private void submitLast() {
    int left = body.bytes();
    if (left == 0 || !device.namespace().aligned(0, left)) {
      device.refused(BlockKind.APPEND);
      fail(notWholeBlocks(device.namespace(), received, written));
      return;
    }
    lastSubmitted = true;
    submit(0, 0, left);
  }

  @Override
  void send(Piece piece) {
    lastSent = lastSubmitted;
    // Alone, one command with FUA is durable by itself; else one flush covers all.
    device.append(piece, zone, piece.size(), durable && lastSubmitted && !several);
  }

  @Override
  void pieceDone(Piece piece) {
    if (flushing) {
      flushing = false;
      return;
    }
    wrote(piece.appendedAt(), piece.size());
    if (isOver()) {
      return;
    }
    if (lastSubmitted && several && durable) {
      flushing = true;
      flush();
    } else if (!lastSubmitted) {
      resume();
    }
  }

  @Override
  Problem pieceFailed(Piece piece, int status) {
    String what =
        flushing ? "flush" : "append of %d bytes to zone %d".formatted(piece.size(), zone);
    Problem problem =
        Problem.ofDrive(what, status, true)
            .with("lba", device.zones().info().start(zone))
            .with("bytes_written", written);
    if (!flushing && written > 0) {
      endExtent();
      problem.with("extents", extents);
    }
    return problem;
  }

  @Override
  String describe(Piece piece) {
    return "append to zone " + zone;
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

  private void succeed() {
    Reply reply = success(durable);
    tell(reply, true);
    if (isHeard()) {
      reply.send(request);
      record(200);
    }
    end();
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
    if (lastSent && written > 0) {
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

  @Override
  void settle() {
    Problem failure = failure();
    if (failure != null && failure.status() == 409) {
      ZoneView.describe(device, zone, failure, this::tellAndAnswer);
    } else {
      tellAndAnswer();
    }
  }

  private void tellAndAnswer() {
    if (failure() != null) {
      tell(failure().reply(), written > 0);
    } else if (ticket != null) {
      tellUnanswered();
    }
    answerFailure();
  }
}
