package dev.doorbell.service.transfer;

import dev.doorbell.service.client.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Copies all of a source to the beginning of a target.
 *
 * <p>Holes of the source are not read, zeros are not written where the target reads as zeros
 * anyway, and told rather than sent elsewhere. What the target holds is durable at the end. A copy
 * that did not come to its end leaves parts of the target old and parts new; a second one with
 * {@link TransferOptions#resume} finds out by comparing what is left to do, so that no record of
 * the first has to be believed.
 */
public final class Copy {
  private final Endpoint source;
  private final Endpoint target;
  private final TransferOptions options;
  private final Progress progress;
  private boolean targetIsZero;

  /**
   * @param progress counts; of the source's size
   */
  public Copy(Endpoint source, Endpoint target, TransferOptions options, Progress progress) {
    this.source = source;
    this.target = target;
    this.options = options;
    this.progress = progress;
  }

  /** Returns when all is durable. */
  public void run() throws IOException {
    targetIsZero = target.prepare(progress.total(), options.resume()) || options.targetIsZero();
    Piece.Cutter pieces = new Piece.Cutter(source, progress.total(), options.chunk());
    new Workers(pieces, options.chunk(), this::copy).run(options.depth());
    target.finish();
  }

  private void copy(Piece piece, ByteBuffer data, ByteBuffer old) throws IOException {
    Extent extent = piece.extent();
    if (piece.hole()) {
      zero(extent);
      return;
    }
    int length = (int) extent.length();
    source.read(extent.offset(), data.clear().limit(length));
    data.flip();
    if (options.resume() && !targetIsZero) {
      target.read(extent.offset(), old.clear().limit(length));
      if (old.flip().mismatch(data) < 0) {
        progress.addSame(length);
        return;
      }
    }
    write(extent.offset(), data);
  }

  private void write(long offset, ByteBuffer data) throws IOException {
    int end;
    for (int at = 0; at < data.limit(); at = end) {
      int first = Math.min(target.zeroRun(), data.limit() - at);
      boolean zeros = Zeros.all(data, at, first);
      end = Zeros.runEnd(data, at, target.zeroRun(), zeros);
      if (zeros) {
        zero(new Extent(offset + at, end - at));
      } else {
        target.write(offset + at, data.slice(at, end - at));
        progress.addWritten(end - at);
      }
    }
  }

  private void zero(Extent extent) throws IOException {
    if (!targetIsZero) {
      target.zero(extent);
    }
    progress.addZeros(extent.length());
  }
}
