package dev.doorbell.linux;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An open file.
 *
 * <p>Opening and the rarely used calls throw {@link LinuxException}. Transfers and syncs are hot:
 * they return a byte count or 0, or {@code -errno}, and do not allocate. They go on after
 * interrupted calls and short transfers, so a short count means end of file. Safe for use by
 * several threads, except that nobody may use it once {@link #close} was called: the number of the
 * descriptor may be another file's by then.
 */
public final class NativeFile implements AutoCloseable {
  public static final int O_RDONLY = 0;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_CLOEXEC = 0x80000;

  private static final int SEEK_END = 2;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int LOCK_SH = 1;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;
  private static final int RWF_NOWAIT = 8;
  private static final int FALLOC_FL_KEEP_SIZE = 1;
  private static final int FALLOC_FL_PUNCH_HOLE = 2;
  private static final int FALLOC_FL_ZERO_RANGE = 16;

  /** The most segments one call takes (UIO_MAXIOV). */
  private static final int IOV_MAX = 1024;

  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7FF;
  private static final int STATX_SIZE = 256;
  private static final int STX_MODE = 28;
  private static final int S_IFMT = 0xF000;
  private static final int S_IFREG = 0x8000;

  private final String path;
  private final int fd;
  private boolean closed;

  private NativeFile(String path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /**
   * Opens a file; the descriptor is always close-on-exec.
   *
   * @param flags {@code O_} constants
   * @param mode permissions of a file that is created, before the umask
   * @throws LinuxException if the system refuses
   */
  public static NativeFile open(String path, int flags, int mode) {
    int fd;
    do {
      fd = LibC.API.open(path, flags | O_CLOEXEC, mode);
    } while (fd < 0 && LibC.errno() == Errno.EINTR);
    if (fd < 0) {
      throw new LinuxException("open", path, LibC.errno());
    }
    return new NativeFile(path, fd);
  }

  /** Makes the name of a new file durable by syncing its directory. */
  public static void syncDirectory(String directory) {
    try (NativeFile file = open(directory, O_RDONLY, 0)) {
      int result;
      do {
        result = LibC.API.fsync(file.fd) < 0 ? LibC.errno() : 0;
      } while (result == Errno.EINTR);
      // EINVAL: a file system whose directories cannot be synced has nothing to sync.
      if (result != 0 && result != Errno.EINVAL) {
        throw new LinuxException("fsync", directory, result);
      }
    }
  }

  public String path() {
    return path;
  }

  /** Whether this is a regular file, not a directory, device or pipe. */
  public boolean isRegular() {
    // statx has one layout on all architectures, unlike struct stat.
    ByteBuffer statx = ByteBuffer.allocateDirect(STATX_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    long address = MemoryIO.getInstance().getDirectBufferAddress(statx);
    if (LibC.API.statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, address) < 0) {
      throw new LinuxException("statx", path, LibC.errno());
    }
    return (statx.getShort(STX_MODE) & S_IFMT) == S_IFREG;
  }

  /** Size in bytes, or {@code -errno}. Cheap enough to ask before each write. */
  public long size() {
    // Moves the file offset, which nobody uses: all transfers name their position.
    long size = LibC.API.lseek(fd, 0, SEEK_END);
    return size < 0 ? -LibC.errno() : size;
  }

  /**
   * Takes a lock on the whole file without waiting; it ends with {@link #close}.
   *
   * @param exclusive or shared with other holders of shared locks
   * @return false if another open file holds a lock that excludes it
   */
  public boolean tryLock(boolean exclusive) {
    int operation = (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
    while (LibC.API.flock(fd, operation) < 0) {
      int errno = LibC.errno();
      if (errno == Errno.EAGAIN) {
        return false;
      }
      if (errno != Errno.EINTR) {
        throw new LinuxException("flock", path, errno);
      }
    }
    return true;
  }

  /** Sets the size in bytes; what is added reads as zeros and takes no space. */
  public void truncate(long size) {
    while (LibC.API.ftruncate(fd, size) < 0) {
      int errno = LibC.errno();
      if (errno != Errno.EINTR) {
        throw new LinuxException("ftruncate", path, errno);
      }
    }
  }

  /** Makes written data durable. Returns 0 or {@code -errno}. */
  public int dataSync() {
    int result;
    do {
      result = LibC.API.fdatasync(fd) < 0 ? -LibC.errno() : 0;
    } while (result == -Errno.EINTR);
    return result;
  }

  /** Makes data and metadata durable. Returns 0 or {@code -errno}. */
  public int sync() {
    int result;
    do {
      result = LibC.API.fsync(fd) < 0 ? -LibC.errno() : 0;
    } while (result == -Errno.EINTR);
    return result;
  }

  /**
   * Reads to {@code address}.
   *
   * @return bytes read, fewer than {@code count} only at the end of the file, or {@code -errno}
   */
  public long read(long address, long count, long offset) {
    long done = 0;
    while (done < count) {
      long n = LibC.API.pread(fd, address + done, count - done, offset + done);
      if (n > 0) {
        done += n;
      } else if (n == 0) {
        return done;
      } else if (LibC.errno() != Errno.EINTR) {
        return -LibC.errno();
      }
    }
    return done;
  }

  /**
   * Writes from {@code address}.
   *
   * @return {@code count}, or {@code -errno}; after an error a first part may have been written
   */
  public long write(long address, long count, long offset) {
    long done = 0;
    while (done < count) {
      long n = LibC.API.pwrite(fd, address + done, count - done, offset + done);
      if (n >= 0) {
        done += n;
      } else if (LibC.errno() != Errno.EINTR) {
        return -LibC.errno();
      }
    }
    return done;
  }

  /** As {@link #read(long, long, long)}, to a direct buffer from {@code index} on. */
  public long read(ByteBuffer direct, int index, int count, long offset) {
    return read(addressOf(direct, index, count), count, offset);
  }

  /** As {@link #write(long, long, long)}, from a direct buffer from {@code index} on. */
  public long write(ByteBuffer direct, int index, int count, long offset) {
    return write(addressOf(direct, index, count), count, offset);
  }

  /**
   * Reads all segments of {@code vector}, which is used up by it.
   *
   * @return bytes read, fewer than asked only at the end of the file, or {@code -errno}
   */
  public long read(IoVector vector, long offset) {
    long done = 0;
    while (vector.remaining() > 0) {
      int count = Math.min(vector.remaining(), IOV_MAX);
      long n = LibC.API.preadv(fd, vector.address(), count, offset + done);
      if (n > 0) {
        done += n;
        vector.advance(n);
      } else if (n == 0) {
        return done;
      } else if (LibC.errno() != Errno.EINTR) {
        return -LibC.errno();
      }
    }
    return done;
  }

  /**
   * Reads what is in the page cache, without waiting for a disk.
   *
   * @return bytes read, possibly fewer than asked; {@code -EAGAIN} if it would have to wait; {@code
   *     -EOPNOTSUPP} if the file system or kernel cannot do this
   */
  public long readNoWait(IoVector vector, long offset) {
    int count = Math.min(vector.remaining(), IOV_MAX);
    long n = LibC.API.preadv2(fd, vector.address(), count, offset, RWF_NOWAIT);
    if (n >= 0) {
      return n;
    }
    int errno = LibC.errno();
    return errno == Errno.EINTR ? -Errno.EAGAIN : -errno;
  }

  /**
   * Writes all segments of {@code vector}, which is used up by it.
   *
   * @return bytes written, or {@code -errno}; after an error a first part may have been written
   */
  public long write(IoVector vector, long offset) {
    long done = 0;
    while (vector.remaining() > 0) {
      int count = Math.min(vector.remaining(), IOV_MAX);
      long n = LibC.API.pwritev(fd, vector.address(), count, offset + done);
      if (n >= 0) {
        done += n;
        vector.advance(n);
      } else if (LibC.errno() != Errno.EINTR) {
        return -LibC.errno();
      }
    }
    return done;
  }

  /** Whether anything was ever written to it: a sparse file of holes reads as zeros. */
  public boolean holdsData() {
    long first = LibC.API.lseek(fd, 0, SEEK_DATA);
    // ENXIO: there is only a hole. A file system that does not know says that all is data.
    return first >= 0 || LibC.errno() != Errno.ENXIO;
  }

  /**
   * Where the next data begins, {@code from} itself if it lies in data. Moves the file offset: for
   * one thread at a time.
   *
   * @return its offset; {@code -ENXIO} if only a hole, or nothing, follows; {@code -errno}
   */
  public long nextData(long from) {
    long found = LibC.API.lseek(fd, from, SEEK_DATA);
    return found < 0 ? -LibC.errno() : found;
  }

  /**
   * Where the next hole begins, at the latest at the end of the file. Moves the file offset: for
   * one thread at a time.
   *
   * @return its offset, or {@code -errno}
   */
  public long nextHole(long from) {
    long found = LibC.API.lseek(fd, from, SEEK_HOLE);
    return found < 0 ? -LibC.errno() : found;
  }

  private static long addressOf(ByteBuffer direct, int index, int count) {
    if (!direct.isDirect() || index < 0 || count < 0 || index > direct.capacity() - count) {
      throw new IndexOutOfBoundsException(
          "index " + index + ", " + count + " bytes of " + direct.capacity());
    }
    return MemoryIO.getInstance().getDirectBufferAddress(direct) + index;
  }

  /**
   * Makes a part of the file read as zeros.
   *
   * @param deallocate whether its space is given back (a hole), or stays reserved
   * @return 0 or {@code -errno}; {@code -EOPNOTSUPP} if the file system cannot do it
   */
  public int zero(long offset, long length, boolean deallocate) {
    int mode = FALLOC_FL_KEEP_SIZE | (deallocate ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE);
    int result;
    do {
      result = LibC.API.fallocate(fd, mode, offset, length) < 0 ? -LibC.errno() : 0;
    } while (result == -Errno.EINTR);
    return result;
  }

  /** Closes the descriptor and with it drops the lock; idempotent, errors are ignored. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      // Not retried at EINTR: Linux has released the descriptor by then.
      LibC.API.close(fd);
    }
  }
}
