package dev.doorbell.service.transfer;

import dev.doorbell.service.client.Extent;
import java.io.IOException;

/**
 * A part of a source that one worker takes.
 *
 * @param hole whether it is known to be zeros without a look
 */
record Piece(Extent extent, boolean hole) {
  /** Cuts a source up, from its first byte to its last; holes into larger pieces than data. */
  static final class Cutter {
    private static final long HOLE = 64 << 20;

    private final Endpoint source;
    private final long size;
    private final int chunk;
    private long at;
    private Extent data;
    private boolean stopped;

    Cutter(Endpoint source, long size, int chunk) {
      this.source = source;
      this.size = size;
      this.chunk = chunk;
    }

    /** The next piece; null if there is none, or nobody wants any. */
    synchronized Piece next() throws IOException {
      if (stopped || at >= size) {
        return null;
      }
      if (data == null || at >= data.end()) {
        Extent found = source.nextData(at);
        data = found == null || found.offset() >= size ? new Extent(size, 1) : found;
      }
      boolean hole = at < data.offset();
      // Data is cut at multiples of the chunk, so that chunks are aligned whatever holes there are.
      long end =
          hole
              ? Math.min(data.offset(), at + HOLE)
              : Math.min(Math.min(data.end(), size), (at / chunk + 1) * chunk);
      Piece piece = new Piece(new Extent(at, end - at), hole);
      at = end;
      return piece;
    }

    synchronized void stop() {
      stopped = true;
    }
  }
}
