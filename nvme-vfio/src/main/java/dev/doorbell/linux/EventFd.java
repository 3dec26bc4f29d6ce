package dev.doorbell.linux;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An eventfd(2): a counter that makes its descriptor readable while it is not 0. Non-blocking. Safe
 * for use by several threads, also against {@link #close}.
 */
public final class EventFd implements AutoCloseable {
  private static final int EFD_NONBLOCK = 0x800;
  private static final int EFD_CLOEXEC = 0x80000;
  private static final int SIZE = 8;

  private final int fd;
  private final ByteBuffer one;
  private final ByteBuffer counter;
  private final long oneAddress;
  private final long counterAddress;
  private boolean closed;

  /**
   * @throws LinuxException if the system refuses, for want of descriptors for example
   */
  public EventFd() {
    fd = LibC.API.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) {
      throw new LinuxException("eventfd", "", LibC.errno());
    }
    one = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder()).putLong(0, 1);
    counter = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder());
    oneAddress = MemoryIO.getInstance().getDirectBufferAddress(one);
    counterAddress = MemoryIO.getInstance().getDirectBufferAddress(counter);
  }

  /** The descriptor, to be polled for reading; owned by this object. */
  public int fd() {
    return fd;
  }

  /** Adds 1 to the counter; after {@link #close} does nothing. */
  public synchronized void signal() {
    // Synchronized against close: a stale descriptor number may be another file's.
    if (!closed) {
      // EAGAIN means that the counter is full: it is readable already, which is all that counts.
      while (LibC.API.write(fd, oneAddress, SIZE) < 0 && LibC.errno() == Errno.EINTR) {}
    }
  }

  /** Takes the counter back to 0 and returns what it was; 0 if it was that already. */
  public synchronized long drain() {
    if (closed) {
      return 0;
    }
    long n;
    do {
      n = LibC.API.read(fd, counterAddress, SIZE);
    } while (n < 0 && LibC.errno() == Errno.EINTR);
    return n == SIZE ? counter.getLong(0) : 0;
  }

  /** Closes the descriptor; idempotent. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LibC.API.close(fd);
    }
  }
}
