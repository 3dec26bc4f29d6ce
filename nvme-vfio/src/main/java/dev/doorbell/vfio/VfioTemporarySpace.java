package dev.doorbell.vfio;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.dma.TemporarySpace;
import dev.doorbell.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;

/**
 * Addresses of a container that are used upwards, one mapping after the other, and unmapped by one
 * call. What is mapped is pinned and counts against RLIMIT_MEMLOCK, and against the kernel's limit
 * on mappings, which all spaces share.
 */
final class VfioTemporarySpace implements TemporarySpace {
  private final VfioDma owner;
  private final DmaPort port;
  private final long start;
  private final long size;

  /** Keeps the memory reachable while a device can see it. */
  private final List<DmaMemory> mapped = new ArrayList<>();

  private long used;
  private boolean closed;

  VfioTemporarySpace(VfioDma owner, DmaPort port, long start, long size) {
    this.owner = owner;
    this.port = port;
    this.start = start;
    this.size = size;
  }

  @Override
  public long capacity() {
    return size;
  }

  @Override
  public synchronized long map(DmaMemory memory) {
    if (closed || memory.size() > size - used) {
      return NO_ROOM;
    }
    long iova = start + used;
    try {
      port.map(memory.address(), iova, memory.size());
    } catch (LinuxException e) {
      // Otherwise it is memory that cannot be pinned, that of a file opened for reading perhaps.
      return DmaLimits.isLimit(e) ? NO_ROOM : REFUSED;
    }
    used += memory.size();
    mapped.add(memory);
    return iova;
  }

  @Override
  public synchronized void unmapAll() {
    if (used == 0 || closed) {
      return;
    }
    try {
      port.unmap(start, used);
    } catch (LinuxException e) {
      // The device may still see the memory: neither it nor its addresses are used again.
      closed = true;
      VfioDevice.LOG.error(
          "IOVA 0x{}, {} bytes, stay mapped until the end: {}",
          Long.toHexString(start),
          used,
          e.getMessage());
      return;
    }
    used = 0;
    mapped.clear();
  }

  @Override
  public synchronized void close() {
    unmapAll();
    if (!closed) {
      closed = true;
      owner.closed(start, size);
    }
  }
}
