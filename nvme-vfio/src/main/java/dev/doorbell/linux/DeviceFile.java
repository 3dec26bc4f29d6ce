package dev.doorbell.linux;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;

/**
 * An open device node: ioctl, mapped regions, and transfers at an offset.
 *
 * <p>Every call throws {@link LinuxException} with its name, the path and the error. Safe for use
 * by several threads, except that nobody may use it once {@link #close} was called: the number of
 * the descriptor may be another file's by then.
 */
public final class DeviceFile implements AutoCloseable {
  private final String path;
  private final int fd;
  private boolean closed;

  private DeviceFile(String path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /**
   * Opens a device node for reading and writing; the descriptor is close-on-exec.
   *
   * @throws LinuxException if the system refuses
   */
  public static DeviceFile open(String path) {
    int fd;
    do {
      fd = LibC.API.open(path, NativeFile.O_RDWR | NativeFile.O_CLOEXEC, 0);
    } while (fd < 0 && LibC.errno() == Errno.EINTR);
    if (fd < 0) {
      throw new LinuxException("open", path, LibC.errno());
    }
    return new DeviceFile(path, fd);
  }

  public String path() {
    return path;
  }

  /** The descriptor, for calls that name one file to another; owned by this object. */
  public int fd() {
    return fd;
  }

  /**
   * ioctl(2) with a number for its argument.
   *
   * @param call for messages, for example {@code VFIO_SET_IOMMU}
   * @return what the call returned, not negative
   * @throws LinuxException if it failed
   */
  public int ioctl(String call, int request, long argument) {
    int result;
    do {
      result = LibC.API.ioctl(fd, request, argument);
    } while (result < 0 && LibC.errno() == Errno.EINTR);
    if (result < 0) {
      throw new LinuxException(call, path, LibC.errno());
    }
    return result;
  }

  /**
   * ioctl(2) with a structure for its argument, which the call may change.
   *
   * @param argument a direct buffer; all of it is the structure, position and limit do not count
   * @return what the call returned, not negative
   * @throws LinuxException if it failed
   */
  public int ioctl(String call, int request, ByteBuffer argument) {
    return ioctl(call, request, address(argument));
  }

  /**
   * ioctl(2) whose result is a new descriptor.
   *
   * @param name what the new file is called in messages
   * @throws LinuxException if it failed
   */
  public DeviceFile openByIoctl(String call, int request, ByteBuffer argument, String name) {
    return new DeviceFile(name, ioctl(call, request, argument));
  }

  /**
   * Maps a part of the file, shared with the device behind it.
   *
   * @param offset in the file, a multiple of the page size
   * @param size in bytes, 1 to {@link Integer#MAX_VALUE}
   * @throws LinuxException if the system refuses
   */
  public FileMapping map(long offset, int size) {
    return new FileMapping(path, fd, offset, size);
  }

  /**
   * Reads exactly the buffer's capacity, in one call: registers care for the size of an access.
   *
   * @param target direct
   * @throws LinuxException if it failed, or with EIO if the device gave less
   */
  public void read(ByteBuffer target, long offset) {
    long n;
    do {
      n = LibC.API.pread(fd, address(target), target.capacity(), offset);
    } while (n < 0 && LibC.errno() == Errno.EINTR);
    check("pread", n, target.capacity());
  }

  /**
   * Writes exactly the buffer's capacity, in one call.
   *
   * @param source direct
   * @throws LinuxException if it failed, or with EIO if the device took less
   */
  public void write(ByteBuffer source, long offset) {
    long n;
    do {
      n = LibC.API.pwrite(fd, address(source), source.capacity(), offset);
    } while (n < 0 && LibC.errno() == Errno.EINTR);
    check("pwrite", n, source.capacity());
  }

  private void check(String call, long done, int wanted) {
    if (done != wanted) {
      throw new LinuxException(call, path, done < 0 ? LibC.errno() : Errno.EIO);
    }
  }

  private static long address(ByteBuffer buffer) {
    return MemoryIO.getInstance().getDirectBufferAddress(buffer);
  }

  /** Closes the descriptor; idempotent, errors are ignored. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      // Not retried at EINTR: Linux has released the descriptor by then.
      LibC.API.close(fd);
    }
  }
}
