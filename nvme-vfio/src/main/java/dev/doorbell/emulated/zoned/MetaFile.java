package dev.doorbell.emulated.zoned;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.LinuxException;
import dev.doorbell.linux.NativeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;

/** Zone metadata in a file. The lock of the image beside it keeps other processes away. */
final class MetaFile implements MetaStorage {
  private static final int MODE = 0600;

  private final NativeFile file;

  private MetaFile(NativeFile file) {
    this.file = file;
  }

  static MetaFile open(Path path, boolean readOnly) {
    try {
      return new MetaFile(
          NativeFile.open(path.toString(), readOnly ? NativeFile.O_RDONLY : NativeFile.O_RDWR, 0));
    } catch (LinuxException e) {
      throw new DeviceException(e.getMessage(), e);
    }
  }

  /**
   * Makes a file, or none: under another name until it is complete and durable.
   *
   * @param fill writes what is in it
   */
  static void create(Path path, long size, Consumer<MetaStorage> fill) {
    Path unfinished = path.resolveSibling(path.getFileName() + ".new");
    try {
      Files.deleteIfExists(unfinished);
      NativeFile file =
          NativeFile.open(
              unfinished.toString(),
              NativeFile.O_RDWR | NativeFile.O_CREAT | NativeFile.O_EXCL,
              MODE);
      try (MetaFile created = new MetaFile(file)) {
        file.truncate(size);
        fill.accept(created);
        check("fsync", unfinished, file.sync());
      }
      Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
      NativeFile.syncDirectory(path.toAbsolutePath().getParent().toString());
    } catch (IOException | LinuxException e) {
      throw new DeviceException(path + ": zone metadata cannot be created: " + e.getMessage(), e);
    }
  }

  /** Moves a file out of the way, under the first free name of the form {@code path.1}. */
  static Path moveAside(Path path) {
    int n = 1;
    Path aside = path.resolveSibling(path.getFileName() + ".1");
    while (Files.exists(aside)) {
      n++;
      aside = path.resolveSibling(path.getFileName() + "." + n);
    }
    try {
      Files.move(path, aside, StandardCopyOption.ATOMIC_MOVE);
      NativeFile.syncDirectory(path.toAbsolutePath().getParent().toString());
      return aside;
    } catch (IOException | LinuxException e) {
      throw new DeviceException(
          path + ": zone metadata cannot be moved aside: " + e.getMessage(), e);
    }
  }

  static void check(String call, Path path, int result) {
    if (result < 0) {
      throw new LinuxException(call, path.toString(), -result);
    }
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  public int read(ByteBuffer into, int index, int length, long position) {
    long n = file.read(into, index, length, position);
    return n == length ? 0 : n < 0 ? (int) n : -Errno.EIO;
  }

  @Override
  public int write(ByteBuffer from, int index, int length, long position) {
    long n = file.write(from, index, length, position);
    return n < 0 ? (int) n : 0;
  }

  @Override
  public int sync() {
    return file.dataSync();
  }

  @Override
  public void close() {
    file.close();
  }
}
