package dev.doorbell.linux;

/**
 * Error numbers of Linux (asm-generic/errno-base.h and errno.h) that callers tell apart, and their
 * names. The numbers are the same on x86-64 and AArch64.
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ETXTBSY = 26;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int ENOSYS = 38;
  public static final int EOPNOTSUPP = 95;
  public static final int EDQUOT = 122;

  private Errno() {}

  /** Name and meaning, for example {@code ENOENT (No such file or directory)}. */
  public static String describe(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM (Operation not permitted)";
      case ENOENT -> "ENOENT (No such file or directory)";
      case EINTR -> "EINTR (Interrupted system call)";
      case EIO -> "EIO (Input/output error)";
      case ENXIO -> "ENXIO (No such device or address)";
      case EBADF -> "EBADF (Bad file descriptor)";
      case EAGAIN -> "EAGAIN (Resource temporarily unavailable)";
      case ENOMEM -> "ENOMEM (Cannot allocate memory)";
      case EACCES -> "EACCES (Permission denied)";
      case 14 -> "EFAULT (Bad address)";
      case EBUSY -> "EBUSY (Device or resource busy)";
      case EEXIST -> "EEXIST (File exists)";
      case ENODEV -> "ENODEV (No such device)";
      case 20 -> "ENOTDIR (Not a directory)";
      case EISDIR -> "EISDIR (Is a directory)";
      case EINVAL -> "EINVAL (Invalid argument)";
      case 23 -> "ENFILE (Too many open files in system)";
      case 24 -> "EMFILE (Too many open files)";
      case 25 -> "ENOTTY (Inappropriate ioctl for device)";
      case ETXTBSY -> "ETXTBSY (Text file busy)";
      case EFBIG -> "EFBIG (File too large)";
      case ENOSPC -> "ENOSPC (No space left on device)";
      case 29 -> "ESPIPE (Illegal seek)";
      case EROFS -> "EROFS (Read-only file system)";
      case 36 -> "ENAMETOOLONG (File name too long)";
      case ENOSYS -> "ENOSYS (Function not implemented)";
      case 40 -> "ELOOP (Too many levels of symbolic links)";
      case EOPNOTSUPP -> "EOPNOTSUPP (Operation not supported)";
      case EDQUOT -> "EDQUOT (Disk quota exceeded)";
      default -> "errno " + errno;
    };
  }
}
