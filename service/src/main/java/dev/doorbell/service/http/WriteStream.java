package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/**
 * One PUT: the body is written by commands in a bounded window, and acknowledged once it is
 * durable, unless the client asked for less.
 *
 * <p>The last command is held back until the body has ended, so that a body of the wrong length
 * that fits one command changes nothing. One command is written with Force Unit Access; several are
 * written without and flushed once. Where the bodies of a loop have too much of the heap, what is
 * here of each is written as it is. Belongs to the loop's thread.
 */
final class WriteStream extends BodyWrite {
  private final ContentRangeHeader range;
  private final long first;
  private final long expected;
  private final boolean exact;
  private final boolean durable;
  private final boolean timing;
  private final int window;

  /** Bytes that commands have, or had. */
  private long submitted;

  private boolean lengthSeen;
  private boolean lastSubmitted;
  private boolean single;
  private boolean flushing;
  private long submittedAt;
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
    super(loop, request, device);
    this.range = range;
    this.first = range.first();
    this.expected = expected;
    this.exact = exact;
    this.durable = preferences.durable();
    this.timing = preferences.timing();
    // Commands of a queue may be done in any order, and a zone wants one.
    this.window = device.zones() == null ? loop.limits().window() : 1;
  }

  @Override
  Problem came(ByteBuf part) {
    long bytes = submitted + body.bytes() + part.readableBytes();
    if (bytes > expected) {
      return tooLong(bytes);
    }
    keep(part);
    return null;
  }

  @Override
  void proceed() {
    if (isComplete() && !lengthSeen) {
      lengthSeen = true;
      long length = submitted + body.bytes();
      if (exact ? length != expected : !range.fitsBody(length)) {
        fail(lengthProblem("the body has " + length + " bytes, the range names " + range.length()));
        return;
      }
    }
    while (!isOver() && !lastSubmitted && !isWaiting()) {
      long offset = first + submitted;
      int n = next(offset);
      if (lastSubmitted) {
        break;
      }
      if (n == 0) {
        resume();
        return;
      }
      if (inUse() == window) {
        pause();
        return;
      }
      submitNext(offset, n);
    }
    if (lastSubmitted && inUse() == 0 && !isOver()) {
      allWritten();
    }
  }

  /** Bytes of the command that can be sent now; 0 if there is none yet. */
  private int next(long offset) {
    int here = body.bytes();
    int most = submitted == expected ? 0 : most(offset);
    if (isComplete() && here <= most) {
      // Alone, so one command with FUA is durable by itself; else one flush covers them all.
      single = submitted == 0;
      flushing = durable && !single;
      // Nothing is left if the range names a byte more than the body has.
      lastSubmitted = here == 0;
      return here;
    }
    if (here >= most && (isComplete() || submitted + most < expected)) {
      return most;
    }
    if (!loop.bodiesAreMany(device.memory().arenaBytes() / 2)) {
      return 0;
    }
    long end = offset + Math.min(here, most) & -(long) device.namespace().blockSize();
    return (int) Math.max(0, end - offset);
  }

  /** Bytes of the longest command: little when readers have most of the memory, in many pieces. */
  private int most(long offset) {
    long end = device.namespace().commandEnd(offset, first + expected);
    if (device.memory().scarce()) {
      end = SendBuffer.littleEnd(device.namespace(), offset, end);
    }
    return (int) (end - offset);
  }

  private void submitNext(long offset, int n) {
    if (timing && submitted == 0) {
      submittedAt = System.nanoTime();
    }
    submitted += n;
    lastSubmitted = isComplete() && n == body.bytes();
    submit(0, offset, n);
  }

  @Override
  void send(Piece piece) {
    device.write(piece, piece.begin(), piece.size(), durable && single);
  }

  private Problem tooLong(long bytes) {
    long most = loop.limits().maxWrite();
    if (most > 0 && bytes > most && range.length() > most) {
      return Problem.of(
              413,
              "Write Too Large",
              "the write has more than %d bytes, the configured limit http.max_write%s"
                  .formatted(most, written()))
          .with("limit", most)
          .with("bytes_written", submitted);
    }
    return lengthProblem("the body is longer than the " + expected + " bytes that its range names");
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

  @Override
  Problem pieceFailed(Piece piece, int status) {
    boolean flush = piece.size() == 0;
    String what =
        flush ? "flush" : "write of " + piece.size() + " bytes at offset " + piece.begin();
    boolean others = submitted > piece.size();
    if (device.zones() != null) {
      failedZone = (int) (piece.begin() / device.namespace().zoneBytes());
    }
    return Problem.ofDrive(
            others ? what + " (others of the request may be done)" : what, status, true)
        .with("lba", flush ? first / device.namespace().blockSize() : piece.lba());
  }

  @Override
  String describe(Piece piece) {
    return "write at offset " + piece.begin();
  }

  private void allWritten() {
    if (flushing) {
      flushing = false;
      flush();
      return;
    }
    if (isHeard()) {
      response.setStatusCode(204);
      response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
      response.putHeader(
          DataHeaders.PREFERENCE_APPLIED, durable ? DataHeaders.DURABLE : DataHeaders.VOLATILE);
      if (timing) {
        response.putHeader(
            DataHeaders.SERVER_TIMING, Preferences.timing(System.nanoTime() - submittedAt));
      }
      response.end();
      record(204);
    }
    end();
  }

  @Override
  void settle() {
    Problem failure = failure();
    if (failure != null && failure.status() == 409 && failedZone >= 0) {
      ZoneView.describe(device, failedZone, failure, this::answerFailure);
    } else {
      answerFailure();
    }
  }
}
