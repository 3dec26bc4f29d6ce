package dev.doorbell.dma;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A block of page-aligned memory outside the heap whose address never changes.
 *
 * <p>The memory is zero when allocated and lives as long as this object is reachable: whoever gives
 * its address to a device keeps a reference until the device has let go of it.
 */
public final class DmaMemory {
  /** Alignment and granularity in bytes: the smallest page of NVMe and of an IOMMU. */
  public static final int PAGE_SIZE = 4096;

  private final ByteBuffer buffer;
  private final long address;

  private DmaMemory(ByteBuffer buffer) {
    this.buffer = buffer;
    this.address = MemoryIO.getInstance().getDirectBufferAddress(buffer);
  }

  /**
   * Allocates zeroed memory.
   *
   * @param bytes 1 to 1 GiB; rounded up to whole pages
   * @throws IllegalArgumentException if {@code bytes} is out of range
   * @throws DmaException if the process may not have that much memory outside the heap
   */
  public static DmaMemory allocate(int bytes) {
    return allocate(bytes, PAGE_SIZE);
  }

  /**
   * Allocates zeroed memory at a multiple of {@code alignment}, as a device with larger pages wants
   * it.
   *
   * @param bytes 1 to 1 GiB; rounded up to whole pages
   * @param alignment in bytes, a power of two, {@link #PAGE_SIZE} to 128 MiB
   * @throws IllegalArgumentException if an argument is out of range
   * @throws DmaException if the process may not have that much memory outside the heap
   */
  public static DmaMemory allocate(int bytes, int alignment) {
    if (bytes <= 0 || bytes > 1 << 30) {
      throw new IllegalArgumentException("bytes: " + bytes + ", allowed: 1 to " + (1 << 30));
    }
    if (alignment < PAGE_SIZE || alignment > 1 << 27 || Integer.bitCount(alignment) != 1) {
      throw new IllegalArgumentException(
          "alignment: " + alignment + ", allowed: a power of two from 4096 to " + (1 << 27));
    }
    int size = roundUpToPage(bytes);
    // An aligned slice also ends at a multiple: the size is rounded up to keep the last bytes.
    int padded = (size + alignment - 1 & -alignment) + alignment;
    ByteBuffer aligned = reserve(padded).alignedSlice(alignment);
    return new DmaMemory(aligned.slice(0, size).order(ByteOrder.LITTLE_ENDIAN));
  }

  /**
   * Memory that the caller has allocated, from its first byte to its capacity.
   *
   * @param buffer direct; it stays reachable with this object
   * @throws IllegalArgumentException unless it begins and ends at pages: a device reaches whole
   *     pages, and what else is in them shall not be open to it
   */
  public static DmaMemory of(ByteBuffer buffer) {
    if (!buffer.isDirect() || buffer.capacity() == 0) {
      throw new IllegalArgumentException(
          "only direct memory can be mapped for a device: " + buffer);
    }
    ByteBuffer whole = buffer.duplicate().clear().slice().order(ByteOrder.LITTLE_ENDIAN);
    DmaMemory memory = new DmaMemory(whole);
    if (((memory.address | whole.capacity()) & PAGE_SIZE - 1) != 0) {
      throw new IllegalArgumentException(
          ("%d bytes at 0x%x: memory to be mapped must begin and end at multiples of %d; allocate"
                  + " one page more and use ByteBuffer.alignedSlice")
              .formatted(whole.capacity(), memory.address, PAGE_SIZE));
    }
    return memory;
  }

  /**
   * As {@link #of}, without an exception for memory that does not consist of whole pages.
   *
   * @return null if it does not
   */
  static DmaMemory ofPages(ByteBuffer buffer) {
    DmaMemory memory = new DmaMemory(buffer.slice().order(ByteOrder.LITTLE_ENDIAN));
    return ((memory.address | memory.size()) & PAGE_SIZE - 1) == 0 ? memory : null;
  }

  private static ByteBuffer reserve(int bytes) {
    try {
      return ByteBuffer.allocateDirect(bytes);
    } catch (OutOfMemoryError e) {
      // The JVM's limit on direct memory, which by default is that of the heap.
      throw new DmaException(
          "no "
              + bytes
              + " bytes of memory outside the heap are left ("
              + e.getMessage()
              + "); raise -XX:MaxDirectMemorySize, or use fewer queues or smaller arenas",
          e);
    }
  }

  /** Rounds up to a multiple of {@link #PAGE_SIZE}. */
  public static int roundUpToPage(int bytes) {
    return Math.addExact(bytes, PAGE_SIZE - 1) & -PAGE_SIZE;
  }

  /** The whole memory, little-endian; position and limit are not to be changed: use slices. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** The address of the first byte in this process. */
  public long address() {
    return address;
  }

  /** Size in bytes, a multiple of {@link #PAGE_SIZE}. */
  public int size() {
    return buffer.capacity();
  }
}
