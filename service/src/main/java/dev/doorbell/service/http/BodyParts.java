package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;

/**
 * What has come of a body and has not been taken yet. Small pieces are laid into larger ones, so
 * that a body that comes byte by byte takes no more memory than another. Belongs to the loop's
 * thread.
 */
final class BodyParts {
  /** What smaller pieces are laid into, once there is more than one. */
  private static final int GATHERED = 4096;

  private ByteBuf first;

  /** Those after the first; null for most bodies. */
  private ArrayDeque<ByteBuf> more;

  /** The last piece, if it is one of ours with room. */
  private ByteBuf gathering;

  private int bytes;

  /** Bytes that are here. */
  int bytes() {
    return bytes;
  }

  /** Adds a piece, which is not the caller's any more. */
  void add(ByteBuf piece) {
    int n = piece.readableBytes();
    if (n == 0) {
      return;
    }
    bytes += n;
    if (first == null) {
      first = piece;
    } else if (gathering != null && n <= gathering.writableBytes()) {
      gathering.writeBytes(piece);
    } else {
      if (more == null) {
        more = new ArrayDeque<>();
      }
      gathering = n < GATHERED / 2 ? Unpooled.buffer(GATHERED, GATHERED).writeBytes(piece) : null;
      more.add(gathering != null ? gathering : piece);
    }
  }

  /** Moves the first {@code n} bytes to where a command finds them. */
  void moveTo(ByteBuf target, int index, int n) {
    bytes -= n;
    int at = index;
    for (int left = n; left > 0; ) {
      int step = Math.min(left, first.readableBytes());
      target.setBytes(at, first, step);
      at += step;
      left -= step;
      if (!first.isReadable()) {
        next();
      }
    }
  }

  private void next() {
    if (first == gathering) {
      gathering = null;
    }
    first = more == null ? null : more.poll();
  }

  /** Throws away what is here. */
  void clear() {
    first = null;
    more = null;
    gathering = null;
    bytes = 0;
  }
}
