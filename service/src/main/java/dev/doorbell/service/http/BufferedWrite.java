package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.block.BlockRequest;
import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * One write that is taken as a whole before any of it is written: a PATCH with many extents, or a
 * PUT whose digest has to be right. The body stays in memory, at most {@link
 * HttpLimits#maxBuffered} bytes of it; then everything is checked; then all commands go in one
 * turn, or as far as the drive's memory reaches.
 *
 * <p>One command is written with Force Unit Access; several are written without and flushed once.
 * Belongs to the loop's thread.
 */
final class BufferedWrite extends BodyWrite {
  /** What a body of unknown length is thought to have at first. */
  private static final int FIRST_GUESS = 64 << 10;

  /** Where bytes that have come go, as one command. */
  private record Part(int extent, long offset, int length) {}

  private final WrittenExtents extents;
  private final DigestFields.Expected digest;
  private final Preferences preferences;
  private final long limit;
  private final long length;
  private final List<Part> parts = new ArrayList<>();

  // The part whose bytes are coming.
  private long partOffset;
  private int partLength;
  private int partFilled;

  private long received;
  private boolean checked;
  private int submitted;
  private int sent;
  private boolean flushing;
  private long submittedAt;
  private Problem driveFailure;

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
    super(loop, request, device);
    this.extents = extents;
    this.digest = digest;
    this.preferences = preferences;
    this.length = length;
    this.limit = mostBytes(loop, device);
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

  @Override
  void start() {
    startWithRoom(length >= 0 ? length : FIRST_GUESS);
  }

  @Override
  Problem came(ByteBuf bytes) {
    received += bytes.readableBytes();
    if (received > limit) {
      return tooLarge(limit);
    }
    if (!growTo(received)) {
      return noRoom();
    }
    if (digest != null) {
      digest.update(bytes);
    }
    while (bytes.isReadable()) {
      if (extents.left() == 0) {
        Problem problem = extents.next(bytes);
        if (problem != null) {
          device.refused(BlockKind.WRITE);
          return problem;
        }
      } else {
        take(bytes);
      }
    }
    return null;
  }

  /** Takes bytes of the current extent, as far as one command of it reaches. */
  private void take(ByteBuf bytes) {
    if (partLength == 0) {
      partOffset = extents.position();
      long end = device.namespace().commandEnd(partOffset, partOffset + extents.left());
      partLength = (int) (end - partOffset);
    }
    int n = Math.min(bytes.readableBytes(), partLength - partFilled);
    keep(bytes.readSlice(n));
    partFilled += n;
    if (partFilled == partLength) {
      endPart();
    }
    extents.took(n);
  }

  private void endPart() {
    if (partFilled > 0) {
      parts.add(new Part(extents.index(), partOffset, partFilled));
    }
    partLength = 0;
    partFilled = 0;
  }

  @Override
  void proceed() {
    if (!isComplete()) {
      return;
    }
    if (!checked) {
      checked = true;
      endPart();
      Problem problem = extents.checkEnd();
      if (problem == null && digest != null) {
        problem = digest.verify();
      }
      if (problem != null) {
        device.refused(BlockKind.WRITE);
        fail(problem);
        return;
      }
      submittedAt = System.nanoTime();
      flushing = preferences.durable() && parts.size() > 1;
    }
    // In one turn if there is memory: the block layer sorts and merges them, and rings one
    // doorbell.
    while (!isOver() && submitted < parts.size() && !isWaiting()) {
      Part part = parts.get(submitted++);
      submit(part.extent(), part.offset(), part.length());
    }
    if (!isOver() && submitted == parts.size() && inUse() == 0) {
      allWritten();
    }
  }

  private void allWritten() {
    if (driveFailure != null) {
      fail(driveFailure);
    } else if (flushing) {
      flushing = false;
      flush();
    } else {
      if (isHeard()) {
        if (preferences.timing()) {
          response.putHeader(
              DataHeaders.SERVER_TIMING, Preferences.timing(System.nanoTime() - submittedAt));
        }
        extents.answer(request, preferences.durable());
        record(response.getStatusCode());
      }
      end();
    }
  }

  @Override
  void send(Piece piece) {
    sent++;
    boolean alone = parts.size() == 1;
    device.write(piece, piece.begin(), piece.size(), preferences.durable() && alone);
  }

  @Override
  void neverSent() {
    for (int i = sent; i < parts.size(); i++) {
      extents.failed(parts.get(i).extent(), BlockRequest.BUSY);
    }
  }

  /** The others go on, so that the answer tells what became of each. */
  @Override
  Problem pieceFailed(Piece piece, int status) {
    extents.failed(piece.extent(), status);
    if (driveFailure == null) {
      driveFailure =
          Problem.ofDrive(piece.extent() < 0 ? "flush" : describe(piece), status, true)
              .with("lba", piece.lba());
    }
    return null;
  }

  @Override
  String describe(Piece piece) {
    return "write of " + piece.size() + " bytes at offset " + piece.begin();
  }

  @Override
  void sendFailure(Problem problem) {
    problem.send(request, sent > 0 ? extents.outcomes() : null);
  }

  @Override
  void settle() {
    answerFailure();
  }
}
