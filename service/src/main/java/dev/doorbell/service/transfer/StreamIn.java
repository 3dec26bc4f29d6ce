package dev.doorbell.service.transfer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Writes what comes from a stream of unknown length to a namespace: one thread reads, several write
 * what it has read.
 */
public final class StreamIn {
  private static final class Part {
    private final ByteBuffer data;
    private long offset;

    Part(int size) {
      data = ByteBuffer.allocateDirect(size);
    }
  }

  private static final Part END = new Part(0);

  private final Endpoint target;
  private final TransferOptions options;
  private final Progress progress;
  private final BlockingQueue<Part> free;
  private final BlockingQueue<Part> full;
  private volatile IOException failure;

  /** To a target that {@link Endpoint#prepare} was called for. */
  public StreamIn(Endpoint target, TransferOptions options, Progress progress) {
    this.target = target;
    this.options = options;
    this.progress = progress;
    this.free = new ArrayBlockingQueue<>(options.depth());
    this.full = new ArrayBlockingQueue<>(2 * options.depth());
  }

  /**
   * Writes all of the stream at an offset; returns its length when all is durable.
   *
   * @param room bytes that may come; more are refused, those before them are written
   */
  public long run(ReadableByteChannel from, long offset, long room) throws IOException {
    Thread[] writers = new Thread[options.depth()];
    try {
      for (int i = 0; i < writers.length; i++) {
        free.put(new Part(options.chunk()));
        writers[i] = new Thread(this::write, "transfer-" + i);
        writers[i].setDaemon(true);
        writers[i].start();
      }
      long length = read(from, offset, room);
      for (int i = 0; i < writers.length; i++) {
        full.put(END);
      }
      for (Thread writer : writers) {
        writer.join();
      }
      if (failure != null) {
        throw failure;
      }
      target.finish();
      if (length > room) {
        throw new IOException(
            "more than %d bytes came; the first %d were written".formatted(room, room));
      }
      return length;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Returns how much came; one more than there is room for if there was more. */
  private long read(ReadableByteChannel from, long offset, long room)
      throws IOException, InterruptedException {
    long at = 0;
    boolean more = true;
    while (more && failure == null) {
      Part part = free.take();
      part.offset = offset + at;
      part.data.clear();
      while (more && part.data.hasRemaining()) {
        more = from.read(part.data) >= 0;
      }
      part.data.flip();
      if (part.data.remaining() > room - at) {
        part.data.limit((int) (room - at));
        full.put(part);
        return room + 1;
      }
      at += part.data.remaining();
      full.put(part);
    }
    return at;
  }

  private void write() {
    try {
      for (Part part = full.take(); part != END; part = full.take()) {
        int length = part.data.remaining();
        if (failure == null && length > 0) {
          target.write(part.offset, part.data);
          progress.addWritten(length);
        }
        free.put(part);
      }
    } catch (IOException | RuntimeException e) {
      failure = e instanceof IOException io ? io : new IOException(e.toString(), e);
      // The reader may be waiting for a part.
      free.offer(new Part(options.chunk()));
      drain();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes what is still handed over, so that nobody waits for room. */
  private void drain() {
    try {
      while (full.take() != END) {
        free.offer(new Part(0));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
