package dev.doorbell.linux;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;

/**
 * Anonymous memory that takes space only where it has been written (mmap with MAP_NORESERVE), in
 * huge pages where the kernel has them. Reads as zeros at first.
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
  private static final int MADV_DONTNEED = 4;

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
    HugePages.advise(address, size);
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

  /**
   * Gives back the space of a part, which reads as zeros afterwards.
   *
   * @return false if the part does not begin and end at pages, or the system refuses: then nothing
   *     has been done
   */
  public boolean discard(long offset, long length) {
    if (((offset | length) & LibC.API.getpagesize() - 1) != 0) {
      return false;
    }
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new IndexOutOfBoundsException(
          "offset " + offset + " and length " + length + " of " + size + " bytes");
    }
    return LibC.API.madvise(address + offset, length, MADV_DONTNEED) == 0;
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
