package dev.doorbell.service.transfer;

import dev.doorbell.linux.Errno;
import dev.doorbell.linux.LinuxException;
import dev.doorbell.linux.NativeFile;
import dev.doorbell.service.client.Extent;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file or block device of this machine. Holes are found, and made, by the kernel's means. */
public final class FileEndpoint implements Endpoint {
  private static final int ZERO_RUN = 4096;

  private final Path path;
  private final FileChannel channel;
  private final boolean regular;

  /** For holes, opened when the first is looked for; null until then. */
  private NativeFile holes;

  private final boolean writable;

  private FileEndpoint(Path path, FileChannel channel, boolean writable) {
    this.path = path;
    this.channel = channel;
    this.writable = writable;
    this.regular = Files.isRegularFile(path);
  }

  /** Opens a file that is there. */
  public static FileEndpoint source(Path path) throws IOException {
    return new FileEndpoint(path, FileChannel.open(path, StandardOpenOption.READ), false);
  }

  /** Opens or makes a file to be written; its content stays until {@link #prepare}. */
  public static FileEndpoint target(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    return new FileEndpoint(path, channel, true);
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    long at = offset;
    while (into.hasRemaining()) {
      int n = channel.read(into, at);
      if (n < 0) {
        throw new EOFException(
            "%s ends at %d: it became shorter while it was read".formatted(path, at));
      }
      at += n;
    }
  }

  @Override
  public Extent nextData(long from) throws IOException {
    long size = channel.size();
    if (from >= size) {
      return null;
    }
    if (!regular) {
      return new Extent(from, size - from);
    }
    long begin = holes().nextData(from);
    if (begin == -Errno.ENXIO) {
      return null;
    }
    if (begin < 0) {
      return new Extent(from, size - from);
    }
    long end = holes().nextHole(begin);
    return new Extent(begin, (end <= begin ? size : end) - begin);
  }

  @Override
  public boolean prepare(long size, boolean keep) throws IOException {
    if (!regular) {
      if (channel.size() < size) {
        throw new IOException(
            "%s has room for %d bytes, %d are to be copied".formatted(path, channel.size(), size));
      }
      return false;
    }
    boolean empty = channel.size() == 0;
    if (!keep) {
      channel.truncate(0);
    } else if (channel.size() > size) {
      channel.truncate(size);
    }
    holes().truncate(size);
    return empty || !keep;
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    long at = offset;
    while (from.hasRemaining()) {
      at += channel.write(from, at);
    }
  }

  @Override
  public void zero(Extent extent) throws IOException {
    if (holes().zero(extent.offset(), extent.length(), true) == 0) {
      return;
    }
    // A file system without holes, or a device.
    Zeros.write(this, extent);
  }

  @Override
  public int zeroRun() {
    return ZERO_RUN;
  }

  @Override
  public void finish() throws IOException {
    channel.force(true);
  }

  private synchronized NativeFile holes() throws IOException {
    if (holes == null) {
      try {
        int flags = writable ? NativeFile.O_RDWR : NativeFile.O_RDONLY;
        holes = NativeFile.open(path.toString(), flags, 0);
      } catch (LinuxException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
    return holes;
  }

  @Override
  public synchronized void close() throws IOException {
    if (holes != null) {
      holes.close();
    }
    channel.close();
  }
}
