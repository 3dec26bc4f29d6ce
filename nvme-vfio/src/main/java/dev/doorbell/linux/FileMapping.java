package dev.doorbell.linux;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;

/**
 * A part of a file in memory (mmap with MAP_SHARED), for reading and writing.
 *
 * <p>The buffer is not to be used after {@link #close}: the process would crash. The owner makes
 * sure of it.
 */
public final class FileMapping implements AutoCloseable {
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED = 1;
  private static final long MAP_FAILED = -1;

  private final long address;
  private final int size;
  private final ByteBuffer buffer;
  private boolean closed;

  FileMapping(String path, int fd, long offset, int size) {
    if (offset < 0 || size <= 0) {
      throw new IllegalArgumentException("offset " + offset + " and size " + size);
    }
    Pointer p = LibC.API.mmap(null, size, PROT_READ_WRITE, MAP_SHARED, fd, offset);
    if (p == null || p.address() == MAP_FAILED) {
      int errno = LibC.errno();
      throw new LinuxException("mmap", path + " (" + size + " bytes at " + offset + ")", errno);
    }
    this.address = p.address();
    this.size = size;
    this.buffer =
        MemoryIO.getInstance().newDirectByteBuffer(address, size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The granularity of mappings in bytes. */
  public static int pageSize() {
    return LibC.API.getpagesize();
  }

  /** The whole mapping, little-endian. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** Gives the address space back; idempotent. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LibC.API.munmap(Pointer.wrap(LibC.runtime(), address), size);
    }
  }
}
