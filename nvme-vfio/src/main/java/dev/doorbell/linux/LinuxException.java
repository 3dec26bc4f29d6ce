package dev.doorbell.linux;

/**
 * A system call failed. The message names the call, what it was about and the error, for example
 * {@code open /x/disk.img: ENOENT (No such file or directory)}.
 */
public final class LinuxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final String subject;
  private final int errno;

  /**
   * @param call name of the system call
   * @param subject the path or object it was about; may be empty
   * @param errno the positive error number
   */
  public LinuxException(String call, String subject, int errno) {
    super(call + (subject.isEmpty() ? "" : " " + subject) + ": " + Errno.describe(errno));
    this.call = call;
    this.subject = subject;
    this.errno = errno;
  }

  public String call() {
    return call;
  }

  public String subject() {
    return subject;
  }

  /** One of {@link Errno}, or another positive error number. */
  public int errno() {
    return errno;
  }
}
