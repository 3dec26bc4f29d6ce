package dev.doorbell.emulated;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.NativeFile;
import dev.doorbell.nvme.spec.Status;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store in a plain, sparse image file, whose size is that of the drive.
 *
 * <p>The image is locked while open, exclusively or, if read-only, shared. A completed write is
 * durable only after a flush. Reads that the page cache can answer do not wait. If a sync fails,
 * the kernel may have dropped what it could not write, so that the next sync would succeed without
 * it: all writes and flushes fail from then on, until the image is opened again.
 */
public final class FileStore implements BlockStore {
  private static final Logger LOG = LoggerFactory.getLogger(FileStore.class);

  private final NativeFile file;
  private final long size;
  private final boolean readOnly;
  private final ToIntFunction<NativeFile> sync;
  private final AtomicBoolean shrinkReported = new AtomicBoolean();
  private final AtomicBoolean errorReported = new AtomicBoolean();

  /** Set once, by the first read the file system cannot do without waiting. */
  private volatile boolean alwaysWaits;

  private volatile boolean syncFailed;

  /**
   * Which image to open, and how.
   *
   * @param path of the image
   * @param size in bytes, a multiple of {@code blockSize}: an image that does not exist is created
   *     with it, an existing one must have it; 0 to take an existing one as it is
   * @param blockSize logical block size in bytes
   * @param readOnly to open for reading only, shared with other readers
   */
  public record Options(Path path, long size, int blockSize, boolean readOnly) {
    public Options {
      if (size < 0 || blockSize <= 0) {
        throw new IllegalArgumentException("size: " + size + ", block size: " + blockSize);
      }
    }

    /** An image that exists. */
    public static Options existing(Path path, int blockSize) {
      return new Options(path, 0, blockSize, false);
    }

    /** An image that is created if it does not exist. */
    public static Options sized(Path path, long size, int blockSize) {
      return new Options(path, size, blockSize, false);
    }

    public Options asReadOnly() {
      return new Options(path, size, blockSize, true);
    }
  }

  private FileStore(NativeFile file, boolean readOnly, ToIntFunction<NativeFile> sync) {
    this.file = file;
    this.size = file.size();
    this.readOnly = readOnly;
    this.sync = sync;
  }

  /**
   * Opens an image.
   *
   * @throws DeviceException that says what is wrong with the image and what to do about it
   */
  public static FileStore open(Options options) {
    return open(options, NativeFile::dataSync);
  }

  /** As {@link #open(Options)}, with a sync that tests can make fail. */
  static FileStore open(Options options, ToIntFunction<NativeFile> sync) {
    return new FileStore(FileImage.open(options), options.readOnly(), sync);
  }

  /** Whether anything was ever written to the image; a new one is a single hole. */
  public boolean holdsData() {
    return file.holdsData();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public int tryRead(ScatterList memory, long offset) {
    if (alwaysWaits) {
      return WOULD_BLOCK;
    }
    long n = file.readNoWait(memory.vector(), offset);
    if (n == memory.bytes()) {
      return Status.SUCCESS;
    }
    if (n == -Errno.EOPNOTSUPP || n == -Errno.ENOSYS) {
      alwaysWaits = true;
    }
    // Whatever else it was, a part in the cache or an error: the read that may wait finds out.
    return WOULD_BLOCK;
  }

  @Override
  public int tryWrite(ScatterList memory, long offset) {
    return WOULD_BLOCK;
  }

  @Override
  public int tryFlush() {
    return readOnly ? Status.SUCCESS : WOULD_BLOCK;
  }

  @Override
  public int read(ScatterList memory, long offset) {
    long n = file.read(memory.vector(), offset);
    if (n == memory.bytes()) {
      return Status.SUCCESS;
    }
    if (n < 0) {
      report("read", (int) -n);
    } else {
      reportShrunk();
    }
    return Status.UNRECOVERED_READ_ERROR;
  }

  @Override
  public int write(ScatterList memory, long offset) {
    if (syncFailed || shrunk()) {
      return Status.WRITE_FAULT | Status.DNR;
    }
    long n = file.write(memory.vector(), offset);
    if (n >= 0) {
      return Status.SUCCESS;
    }
    return failed((int) n);
  }

  private int failed(int n) {
    report("write", -n);
    // Want of space is not latched: there may be room again.
    return n == -Errno.ENOSPC || n == -Errno.EDQUOT ? Status.CAPACITY_EXCEEDED : Status.WRITE_FAULT;
  }

  @Override
  public int zero(long offset, long length, boolean deallocate) {
    if (syncFailed || shrunk()) {
      return Status.WRITE_FAULT | Status.DNR;
    }
    int result = file.zero(offset, length, deallocate);
    if (result == 0) {
      return Status.SUCCESS;
    }
    if (result == -Errno.EOPNOTSUPP || result == -Errno.ENOSYS) {
      return Zeros.write(this, offset, length);
    }
    return failed(result);
  }

  /** Punches a hole; where the file system cannot, the space stays taken. */
  @Override
  public void release(long offset, long length) {
    if (syncFailed || shrunk()) {
      return;
    }
    int result = file.zero(offset, length, true);
    if (result != 0 && result != -Errno.EOPNOTSUPP && result != -Errno.ENOSYS) {
      report("giving space back", -result);
    }
  }

  @Override
  public int flush() {
    if (readOnly) {
      return Status.SUCCESS;
    }
    if (syncFailed || shrunk()) {
      return Status.WRITE_FAULT | Status.DNR;
    }
    int result = sync.applyAsInt(file);
    if (result == 0 && !syncFailed) {
      return Status.SUCCESS;
    }
    boolean first;
    synchronized (this) {
      first = !syncFailed;
      syncFailed = true;
    }
    if (first) {
      LOG.error(
          "{}: sync failed: {}; writes since the last successful flush may be lost. All writes and"
              + " flushes fail until the image is opened again: check the disk, then restart",
          file.path(),
          Errno.describe(-result));
    }
    return Status.WRITE_FAULT | Status.DNR;
  }

  /**
   * Whether the image is smaller than the drive. Writing would silently grow it again, with a hole
   * of zeros where data was.
   */
  private boolean shrunk() {
    if (file.size() >= size) {
      return false;
    }
    reportShrunk();
    return true;
  }

  private void reportShrunk() {
    if (shrinkReported.compareAndSet(false, true)) {
      LOG.error(
          "{}: the image was {} bytes when opened and is {} now; the missing part cannot be read and"
              + " writes are refused: restore the image from a copy, then restart",
          file.path(),
          size,
          file.size());
    }
  }

  /** Once per store: an error is met by every command that follows, and each has its status. */
  private void report(String call, int errno) {
    if (errorReported.compareAndSet(false, true)) {
      LOG.error("{}: {} failed: {}", file.path(), call, Errno.describe(errno));
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
