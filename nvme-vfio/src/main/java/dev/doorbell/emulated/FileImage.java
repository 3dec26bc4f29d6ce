package dev.doorbell.emulated;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.LinuxException;
import dev.doorbell.linux.NativeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens or creates the image behind a {@link FileStore}, checked and locked. */
final class FileImage {
  private static final int NEW_FILE_MODE = 0600;

  private FileImage() {}

  /**
   * @throws DeviceException that says what is wrong with the image and what to do about it
   */
  static NativeFile open(FileStore.Options options) {
    Path path = options.path();
    if (options.size() % options.blockSize() != 0) {
      throw new DeviceException(
          path
              + ": size "
              + options.size()
              + " is not a multiple of the logical block size "
              + options.blockSize());
    }
    NativeFile file = openExisting(options);
    boolean created = file == null;
    if (created) {
      file = create(options);
    }
    boolean locked = false;
    try {
      lock(file, options);
      locked = true;
      if (created) {
        file.truncate(options.size());
        makeDurable(file, path);
      } else {
        checkSize(file, options);
      }
      return file;
    } catch (LinuxException | DeviceException e) {
      if (created && locked) {
        // Still under its lock, so nobody else has come to use it.
        deleteQuietly(path);
      }
      file.close();
      throw e instanceof DeviceException d ? d : new DeviceException(e.getMessage(), e);
    }
  }

  /** Returns null if there is no such file and it may be created. */
  private static NativeFile openExisting(FileStore.Options options) {
    String path = options.path().toString();
    int access = options.readOnly() ? NativeFile.O_RDONLY : NativeFile.O_RDWR;
    NativeFile file;
    try {
      // Non-blocking, so that a named pipe is reported instead of waited for.
      file = NativeFile.open(path, access | NativeFile.O_NONBLOCK, 0);
    } catch (LinuxException e) {
      switch (e.errno()) {
        case Errno.ENOENT -> {
          if (options.size() > 0 && !options.readOnly()) {
            return null;
          }
          throw new DeviceException(
              options.readOnly()
                  ? path + " does not exist, and a read-only drive is not created"
                  : path + " does not exist; give a size to create it",
              e);
        }
        case Errno.EISDIR -> throw notRegular(path);
        case Errno.EACCES, Errno.EPERM, Errno.EROFS, Errno.ETXTBSY ->
            throw new DeviceException(
                options.readOnly()
                    ? e.getMessage()
                    : e.getMessage() + "; use readonly to serve it without writes",
                e);
        default -> throw new DeviceException(e.getMessage(), e);
      }
    }
    boolean regular = false;
    try {
      regular = file.isRegular();
    } finally {
      if (!regular) {
        file.close();
      }
    }
    if (!regular) {
      throw notRegular(path);
    }
    return file;
  }

  private static NativeFile create(FileStore.Options options) {
    try {
      return NativeFile.open(
          options.path().toString(),
          NativeFile.O_RDWR | NativeFile.O_CREAT | NativeFile.O_EXCL,
          NEW_FILE_MODE);
    } catch (LinuxException e) {
      throw new DeviceException(e.getMessage(), e);
    }
  }

  private static void lock(NativeFile file, FileStore.Options options) {
    if (!file.tryLock(!options.readOnly())) {
      throw new DeviceException(options.path() + " is in use by another process");
    }
  }

  private static void checkSize(NativeFile file, FileStore.Options options) {
    long size = file.size();
    if (size < 0) {
      throw new LinuxException("lseek", file.path(), (int) -size);
    }
    if (options.size() != 0 && options.size() != size) {
      throw new DeviceException(
          options.path()
              + " has "
              + size
              + " bytes, not the "
              + options.size()
              + " asked for; leave the size out to use it as it is");
    }
    if (size == 0 || size % options.blockSize() != 0) {
      throw new DeviceException(
          options.path()
              + " has "
              + size
              + " bytes, which is not a positive multiple of the logical block size "
              + options.blockSize());
    }
  }

  /** A new image survives a crash only once its size and its name in the directory are synced. */
  private static void makeDurable(NativeFile file, Path path) {
    int result = file.sync();
    if (result < 0) {
      throw new LinuxException("fsync", file.path(), -result);
    }
    NativeFile.syncDirectory(path.toAbsolutePath().getParent().toString());
  }

  private static DeviceException notRegular(String path) {
    return new DeviceException(path + " is not a regular file; an image must be one");
  }

  private static void deleteQuietly(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // The reason the image could not be made matters more and is being thrown.
    }
  }
}
