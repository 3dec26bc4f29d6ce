package dev.doorbell.service.transfer;

import dev.doorbell.service.client.Completion;
import dev.doorbell.service.client.RemoteNamespace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.CompletableFuture;

/** Reads a range of a namespace in order: while one part is written out, the next is on its way. */
public final class StreamOut {
  /** Read as parallel ranges by the client. */
  private static final int PART = 8 << 20;

  private StreamOut() {}

  /** Returns when all has been written out; counts what it has handed on. */
  public static void run(
      RemoteNamespace from, long offset, long length, WritableByteChannel to, Progress progress)
      throws IOException {
    ByteBuffer current = ByteBuffer.allocateDirect((int) Math.min(PART, Math.max(1, length)));
    ByteBuffer next = ByteBuffer.allocateDirect(current.capacity());
    long asked = 0;
    CompletableFuture<Void> coming = null;
    for (long done = 0; done < length; ) {
      if (coming == null) {
        coming = read(from, offset, current, length);
        asked = current.limit();
      }
      Completion.await(coming);
      if (asked < length) {
        coming = read(from, offset + asked, next, length - asked);
        asked += next.limit();
      }
      current.flip();
      int part = current.remaining();
      while (current.hasRemaining()) {
        to.write(current);
      }
      done += part;
      progress.addWritten(part);
      ByteBuffer written = current;
      current = next;
      next = written;
    }
  }

  private static CompletableFuture<Void> read(
      RemoteNamespace from, long offset, ByteBuffer into, long most) {
    into.clear().limit((int) Math.min(into.capacity(), most));
    return from.read(offset, into);
  }
}
