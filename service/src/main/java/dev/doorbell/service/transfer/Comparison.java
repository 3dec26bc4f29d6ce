package dev.doorbell.service.transfer;

import dev.doorbell.service.client.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** Compares all of a source with the beginning of a target, byte by byte. */
public final class Comparison {
  private static final long NONE = Long.MAX_VALUE;

  private final Endpoint source;
  private final Endpoint target;
  private final TransferOptions options;
  private final Progress progress;
  private final AtomicLong first = new AtomicLong(NONE);
  private Piece.Cutter pieces;

  /**
   * @param progress counts; of the source's size
   */
  public Comparison(Endpoint source, Endpoint target, TransferOptions options, Progress progress) {
    this.source = source;
    this.target = target;
    this.options = options;
    this.progress = progress;
  }

  /** The offset of the first byte that differs. */
  public OptionalLong run() throws IOException {
    long size = Math.min(progress.total(), target.size());
    pieces = new Piece.Cutter(source, size, options.chunk());
    new Workers(pieces, options.chunk(), this::compare).run(options.depth());
    if (first.get() == NONE && size < progress.total()) {
      return OptionalLong.of(size);
    }
    return first.get() == NONE ? OptionalLong.empty() : OptionalLong.of(first.get());
  }

  private void compare(Piece piece, ByteBuffer data, ByteBuffer other) throws IOException {
    Extent extent = piece.extent();
    for (long at = extent.offset(); at < extent.end(); at += options.chunk()) {
      int length = (int) Math.min(options.chunk(), extent.end() - at);
      target.read(at, other.clear().limit(length));
      other.flip();
      int difference;
      if (piece.hole()) {
        difference = Zeros.firstOther(other, 0, length);
      } else {
        source.read(at, data.clear().limit(length));
        difference = data.flip().mismatch(other);
      }
      progress.addCompared(length);
      if (difference >= 0) {
        // Pieces are taken in order: those before this one are done or under way, and count.
        first.accumulateAndGet(at + difference, Math::min);
        pieces.stop();
        return;
      }
    }
  }
}
