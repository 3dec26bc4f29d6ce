package dev.doorbell.linux;

/** A file descriptor of its own for a file that somebody else has open; see dup(2). */
public final class Descriptor implements AutoCloseable {
  private static final int F_DUPFD_CLOEXEC = 1030;

  private final int fd;
  private boolean closed;

  private Descriptor(int fd) {
    this.fd = fd;
  }

  /**
   * Makes another descriptor for what {@code fd} stands for. It keeps its number until it is
   * closed, whatever becomes of the first one.
   *
   * @throws LinuxException if the system refuses, for want of descriptors for example
   */
  public static Descriptor duplicate(int fd) {
    int copy = LibC.API.fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
      throw new LinuxException("fcntl F_DUPFD_CLOEXEC", "", LibC.errno());
    }
    return new Descriptor(copy);
  }

  /** Its number; owned by this object. */
  public int fd() {
    return fd;
  }

  /** Idempotent. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LibC.API.close(fd);
    }
  }
}
