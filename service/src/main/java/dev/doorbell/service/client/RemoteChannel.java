package dev.doorbell.service.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;

/**
 * The bytes of a namespace as a channel: blocking, with a position, of a size that is fixed.
 *
 * <p>Each call is a request, or several at once for a large buffer; nothing is read ahead or kept
 * back, so a write has the channel's durability when it returns. Not safe for use by several
 * threads, as its position is one.
 */
public final class RemoteChannel implements SeekableByteChannel {
  private final RemoteNamespace namespace;
  private final Durability durability;
  private long position;
  private boolean open = true;

  RemoteChannel(RemoteNamespace namespace, Durability durability) {
    this.namespace = namespace;
    this.durability = durability;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    checkOpen();
    if (!into.hasRemaining()) {
      return 0;
    }
    long left = size() - position;
    if (left <= 0) {
      return -1;
    }
    int length = (int) Math.min(left, into.remaining());
    Completion.await(namespace.read(position, into.slice(into.position(), length)));
    into.position(into.position() + length);
    position += length;
    return length;
  }

  /**
   * Writes what fits between the position and the end.
   *
   * @throws IOException also if the position is at the end already
   */
  @Override
  public int write(ByteBuffer from) throws IOException {
    checkOpen();
    if (!from.hasRemaining()) {
      return 0;
    }
    long left = size() - position;
    if (left <= 0) {
      throw new IOException(
          "a write at %d; namespace %s ends at %d and cannot grow"
              .formatted(position, namespace.info().name(), size()));
    }
    int length = (int) Math.min(left, from.remaining());
    ByteBuffer part = from.slice(from.position(), length);
    Completion.await(namespace.write(position, part, durability));
    from.position(from.position() + length);
    position += length;
    return length;
  }

  @Override
  public long position() throws IOException {
    checkOpen();
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) throws IOException {
    checkOpen();
    if (newPosition < 0) {
      throw new IllegalArgumentException("position " + newPosition + "; positions begin at 0");
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() throws IOException {
    checkOpen();
    return namespace.info().capacity();
  }

  /** Does nothing for sizes from the namespace's up; smaller ones it cannot have. */
  @Override
  public SeekableByteChannel truncate(long size) throws IOException {
    checkOpen();
    if (size < 0) {
      throw new IllegalArgumentException("size " + size + "; sizes begin at 0");
    }
    if (size < size()) {
      throw new IOException("namespace %s cannot shrink".formatted(namespace.info().name()));
    }
    position = Math.min(position, size);
    return this;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  /** The namespace and its client stay. */
  @Override
  public void close() {
    open = false;
  }

  private void checkOpen() throws ClosedChannelException {
    if (!open) {
      throw new ClosedChannelException();
    }
  }
}
