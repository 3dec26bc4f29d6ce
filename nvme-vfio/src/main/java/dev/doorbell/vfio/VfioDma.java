package dev.doorbell.vfio;

import dev.doorbell.dma.DmaException;
import dev.doorbell.dma.DmaMapper;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.dma.TemporarySpace;
import dev.doorbell.linux.HugePages;
import dev.doorbell.linux.LinuxException;
import java.util.HashMap;
import java.util.Map;

/**
 * Maps memory into the address space of a VFIO container. What is mapped is pinned and counts
 * against RLIMIT_MEMLOCK. Safe for use by several threads.
 */
final class VfioDma implements DmaMapper {
  /** Beyond this, larger pages of the IOMMU gain nothing more. */
  private static final long MAX_ALIGNMENT = 1 << 27;

  private final DmaPort port;
  private final IovaAllocator allocator;
  private final DmaLimits limits;
  private final long pageSize;

  /** Keeps the memory reachable while a device can see it. */
  private final Map<Long, DmaMemory> mapped = new HashMap<>();

  /**
   * @param allocator used by nobody else
   * @param limits explains a refusal
   */
  VfioDma(DmaPort port, IovaAllocator allocator, DmaLimits limits, long pageSize) {
    this.port = port;
    this.allocator = allocator;
    this.limits = limits;
    this.pageSize = pageSize;
  }

  @Override
  public synchronized long map(DmaMemory memory) {
    checkPages(memory);
    // Before the pages are pinned as they are.
    HugePages.advise(memory.address(), memory.size());
    long iova = allocator.allocate(memory.size(), alignment(memory));
    if (iova == IovaAllocator.NONE) {
      throw new DmaException(
          "no %d bytes in a row are left of the addresses the IOMMU can translate (%d bytes free in"
                  .formatted(memory.size(), allocator.freeBytes())
              + " all); use smaller arenas");
    }
    try {
      port.map(memory.address(), iova, memory.size());
    } catch (LinuxException e) {
      allocator.free(iova, memory.size());
      throw limits.explain(e, memory.size(), mapped.size());
    } catch (RuntimeException | Error e) {
      allocator.free(iova, memory.size());
      throw e;
    }
    mapped.put(iova, memory);
    return iova;
  }

  @Override
  public synchronized void unmap(long iova) {
    DmaMemory memory = mapped.get(iova);
    if (memory == null) {
      throw new DmaException("nothing is mapped at IOVA 0x" + Long.toHexString(iova));
    }
    try {
      port.unmap(iova, memory.size());
    } catch (LinuxException e) {
      // The device may still see the memory: neither it nor its address is used again.
      throw new DmaException(
          "IOVA 0x%x stays mapped until the end: %s".formatted(iova, e.getMessage()), e);
    }
    mapped.remove(iova);
    allocator.free(iova, memory.size());
  }

  @Override
  public synchronized TemporarySpace openTemporary(long bytes) {
    long size = bytes + pageSize - 1 & -pageSize;
    long iova = allocator.allocate(size, pageSize);
    return iova == IovaAllocator.NONE ? null : new VfioTemporarySpace(this, port, iova, size);
  }

  /** The addresses of a temporary space, which holds no mapping any more. */
  synchronized void closed(long iova, long size) {
    allocator.free(iova, size);
  }

  /** How many mappings there are. */
  synchronized int mappings() {
    return mapped.size();
  }

  /** A device with large pages wants addresses aligned like the memory, and so do large pages. */
  private static long alignment(DmaMemory memory) {
    long fits = Long.highestOneBit(memory.size());
    return Math.min(Math.min(Long.lowestOneBit(memory.address()), fits), MAX_ALIGNMENT);
  }

  private void checkPages(DmaMemory memory) {
    if (((memory.address() | memory.size()) & pageSize - 1) != 0) {
      throw new DmaException(
          "the IOMMU maps pages of %d bytes, this driver those of %d; run it on a kernel with such"
                  .formatted(pageSize, DmaMemory.PAGE_SIZE)
              + " pages");
    }
  }
}
