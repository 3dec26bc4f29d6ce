package dev.doorbell.service.transfer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Threads that take pieces until there are no more, or one of them fails. */
final class Workers {
  /** What is done with a piece. */
  interface Task {
    /**
     * @param a a buffer of a chunk's size
     * @param b another
     */
    void run(Piece piece, ByteBuffer a, ByteBuffer b) throws IOException;
  }

  private final Piece.Cutter pieces;
  private final Task task;
  private final int chunk;
  private Exception failure;

  Workers(Piece.Cutter pieces, int chunk, Task task) {
    this.pieces = pieces;
    this.chunk = chunk;
    this.task = task;
  }

  /** Returns when all is done; throws what failed first, when no thread runs any more. */
  void run(int count) throws IOException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(this::work, "transfer-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        pieces.stop();
        threads.forEach(Thread::interrupt);
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
    }
    synchronized (this) {
      if (failure instanceof IOException io) {
        throw io;
      }
      if (failure != null) {
        throw new IOException(failure.toString(), failure);
      }
    }
  }

  private void work() {
    try {
      ByteBuffer a = ByteBuffer.allocateDirect(chunk);
      ByteBuffer b = ByteBuffer.allocateDirect(chunk);
      for (Piece piece = pieces.next(); piece != null; piece = pieces.next()) {
        task.run(piece, a, b);
      }
    } catch (IOException | RuntimeException e) {
      pieces.stop();
      synchronized (this) {
        if (failure == null) {
          failure = e;
        }
      }
    }
  }
}
