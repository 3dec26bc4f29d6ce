package dev.doorbell.emulated;

import dev.doorbell.dma.DmaException;
import dev.doorbell.dma.DmaMapper;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.dma.TemporarySpace;
import dev.doorbell.linux.HugePages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The device's view of host memory: an address space of its own, in which only mapped memory can be
 * reached.
 *
 * <p>It is not an identity mapping, so that a driver that mixes up the two kinds of address is
 * found out. Addresses are handed out once, with a gap after each mapping, so that neither a stale
 * address nor one past the end hits other memory. The controller's own registers ({@link
 * #REGISTERS_BASE}) lie below all mappings: no DMA reaches them (CVE-2021-3929). Safe for use by
 * several threads.
 */
public final class EmulatedIommu implements DmaMapper {
  /** Where the register window would be on the bus. */
  static final long REGISTERS_BASE = 0xFEB0_0000L;

  private static final long FIRST_IOVA = 0x1_0000_0000L;
  private static final long GUARD = 0x1_0000;

  /** Copied on write and sorted by address; a reader uses one array all through a batch. */
  private volatile IommuRegion[] regions = {};

  private long next = FIRST_IOVA;

  private final int mappingLimit;

  /**
   * @param mappingLimit how many mappings there may be before temporary ones find no room
   */
  EmulatedIommu(int mappingLimit) {
    this.mappingLimit = mappingLimit;
  }

  @Override
  public long map(DmaMemory memory) {
    HugePages.advise(memory.address(), memory.size());
    return add(memory);
  }

  private synchronized long add(DmaMemory memory) {
    long iova = next;
    // Aligned to the largest page the controller offers, as a driver with such pages needs.
    next = iova + memory.size() + 2 * GUARD - 1 & -GUARD;
    IommuRegion[] copy = Arrays.copyOf(regions, regions.length + 1);
    copy[regions.length] = new IommuRegion(iova, memory);
    regions = copy;
    return iova;
  }

  @Override
  public synchronized void unmap(long iova) {
    IommuRegion[] old = regions;
    for (int i = 0; i < old.length; i++) {
      if (old[i].iova == iova) {
        old[i].markUnmapped();
        IommuRegion[] copy = new IommuRegion[old.length - 1];
        System.arraycopy(old, 0, copy, 0, i);
        System.arraycopy(old, i + 1, copy, i, copy.length - i);
        regions = copy;
        return;
      }
    }
    throw new DmaException("nothing is mapped at IOVA 0x" + Long.toHexString(iova));
  }

  @Override
  public TemporarySpace openTemporary(long bytes) {
    return new Temporary(bytes);
  }

  /** Mappings of the requests of one queue; the addresses are new every time. */
  private final class Temporary implements TemporarySpace {
    private final long capacity;
    private final Set<Long> mapped = new HashSet<>();
    private long used;
    private boolean closed;

    Temporary(long capacity) {
      this.capacity = capacity;
    }

    @Override
    public long capacity() {
      return capacity;
    }

    @Override
    public synchronized long map(DmaMemory memory) {
      if (closed || memory.size() > capacity - used || mappings() >= mappingLimit) {
        return NO_ROOM;
      }
      long iova = add(memory);
      used += memory.size();
      mapped.add(iova);
      return iova;
    }

    @Override
    public synchronized void unmapAll() {
      EmulatedIommu.this.unmapAll(mapped);
      mapped.clear();
      used = 0;
    }

    @Override
    public synchronized void close() {
      unmapAll();
      closed = true;
    }
  }

  private synchronized void unmapAll(Set<Long> iovas) {
    if (iovas.isEmpty()) {
      return;
    }
    List<IommuRegion> left = new ArrayList<>();
    for (IommuRegion region : regions) {
      if (iovas.contains(region.iova)) {
        region.markUnmapped();
      } else {
        left.add(region);
      }
    }
    regions = left.toArray(IommuRegion[]::new);
  }

  /** How many mappings there are. */
  public int mappings() {
    return regions.length;
  }

  IommuRegion[] regions() {
    return regions;
  }

  /** The region that holds all {@code length} bytes from {@code start}, or null. */
  static IommuRegion find(IommuRegion[] regions, long start, int length) {
    int low = 0;
    int high = regions.length - 1;
    while (low <= high) {
      int middle = low + high >>> 1;
      IommuRegion region = regions[middle];
      if (start < region.iova) {
        high = middle - 1;
      } else if (start - region.iova >= region.size) {
        low = middle + 1;
      } else {
        return region.contains(start, length) ? region : null;
      }
    }
    return null;
  }
}
