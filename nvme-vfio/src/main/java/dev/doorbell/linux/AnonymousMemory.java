package dev.doorbell.linux;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;

/**
 * Anonymous memory that takes space only where it has been written (mmap with MAP_NORESERVE). Reads
 * as zeros at first.
 *
 * <p>The buffers from {@link #view} are not to be used after {@link #close}: the process would
 * crash. The owner makes sure of it.
 */
public final class AnonymousMemory implements AutoCloseable {
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;
  private static final long MAP_FAILED = -1;

  private final long address;
  private final long size;
  private boolean closed;

  /**
   * @param size in bytes, at least 1
   * @throws LinuxException if the address space or a limit does not allow it
   */
  public AnonymousMemory(long size) {
    if (size <= 0) {
      throw new IllegalArgumentException("size: " + size + ", must be at least 1");
    }
    Pointer p =
        LibC.API.mmap(
            null, size, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == null || p.address() == MAP_FAILED) {
      throw new LinuxException("mmap", size + " bytes", LibC.errno());
    }
    this.address = p.address();
    this.size = size;
  }

  public long address() {
    return address;
  }

  /** Size in bytes. */
  public long size() {
    return size;
  }

  /**
   * A part as a little-endian buffer.
   *
   * @throws IndexOutOfBoundsException if it is not within this memory
   */
  public ByteBuffer view(long offset, int length) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new IndexOutOfBoundsException(
          "offset " + offset + " and length " + length + " of " + size + " bytes");
    }
    return MemoryIO.getInstance()
        .newDirectByteBuffer(address + offset, length)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Gives the memory back; idempotent. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LibC.API.munmap(Pointer.wrap(LibC.runtime(), address), size);
    }
  }
}
