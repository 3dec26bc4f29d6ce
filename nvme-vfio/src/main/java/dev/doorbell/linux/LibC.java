package dev.doorbell.linux;

import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Encoding;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * The functions of libc this package binds.
 *
 * <p>Calls with buffers take plain addresses as {@code long}: no wrapper object per call. Only mmap
 * takes and returns {@link Pointer}, because jnr-ffi passes garbage as the sixth of six primitive
 * arguments.
 */
final class LibC {
  static final Api API =
      LibraryLoader.create(Api.class).load(Platform.getNativePlatform().getStandardCLibraryName());

  private static final Runtime RUNTIME = Runtime.getRuntime(API);

  private LibC() {}

  /** The error number of the calling thread's last failed call. */
  static int errno() {
    return LastError.getLastError(RUNTIME);
  }

  static Runtime runtime() {
    return RUNTIME;
  }

  /** Public for the loader, which implements it from another class loader. */
  public interface Api {
    int open(@Encoding("UTF-8") String path, int flags, int mode);

    int close(int fd);

    @off_t
    long lseek(int fd, @off_t long offset, int whence);

    int statx(
        int directory, @Encoding("UTF-8") String path, int flags, int mask, @size_t long buffer);

    @ssize_t
    long pread(int fd, @size_t long address, @size_t long count, @off_t long offset);

    @ssize_t
    long pwrite(int fd, @size_t long address, @size_t long count, @off_t long offset);

    @ssize_t
    long preadv(int fd, @size_t long iov, int count, @off_t long offset);

    @ssize_t
    long preadv2(int fd, @size_t long iov, int count, @off_t long offset, int flags);

    @ssize_t
    long pwritev(int fd, @size_t long iov, int count, @off_t long offset);

    int ftruncate(int fd, @off_t long length);

    int fdatasync(int fd);

    int fsync(int fd);

    int flock(int fd, int operation);

    int socket(int domain, int type, int protocol);

    int connect(int fd, @size_t long address, int length);

    int eventfd(int initial, int flags);

    int fcntl(int fd, int command, int argument);

    @ssize_t
    long read(int fd, @size_t long address, @size_t long count);

    @ssize_t
    long write(int fd, @size_t long address, @size_t long count);

    Pointer mmap(
        Pointer address,
        @size_t long length,
        int protection,
        int flags,
        int fd,
        @off_t long offset);

    int madvise(@size_t long address, @size_t long length, int advice);

    int fallocate(int fd, int mode, @off_t long offset, @off_t long length);

    int munmap(Pointer address, @size_t long length);

    /** In C a variable argument, which these ABIs pass like a declared one. */
    int ioctl(int fd, @size_t long request, @size_t long argument);

    int getpagesize();

    int getrlimit(int resource, @size_t long limits);
  }
}
