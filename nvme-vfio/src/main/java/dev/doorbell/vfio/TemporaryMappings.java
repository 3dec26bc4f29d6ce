package dev.doorbell.vfio;

import dev.doorbell.dma.DmaException;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;

/**
 * Mappings that live for one request, given back all at once when the limit is met.
 *
 * <p>Unmapping costs a flush of the IOMMU, so that nothing is unmapped when a request ends. When
 * the next mapping finds no room, the requests with mappings are waited for, and once the last has
 * ended all mappings are reset. A request is waited for from its first mapping on, also while it is
 * still being built: its addresses stay good until it has ended. One that itself finds no room
 * while it is built gives up what it had, is told so, and is built again after the reset; so those
 * that wait never wait for each other. Safe for use by several threads.
 */
final class TemporaryMappings {
  /** Instead of an address: no room now. */
  static final long NO_ROOM = -1;

  private final DmaPort port;
  private final IovaAllocator allocator;
  private final Object lock;
  private final DmaLimits limits;
  private final List<DmaMemory> mapped = new ArrayList<>();
  private final List<Runnable> waiting = new ArrayList<>();
  private int live;

  /**
   * @param lock guards {@code allocator}
   */
  TemporaryMappings(DmaPort port, IovaAllocator allocator, Object lock, DmaLimits limits) {
    this.port = port;
    this.allocator = allocator;
    this.lock = lock;
    this.limits = limits;
  }

  /** Begins a request, which is under construction until its owner submits it. */
  Request begin() {
    return new Request();
  }

  /** Mappings since the last reset. */
  int mappings() {
    synchronized (lock) {
      return mapped.size();
    }
  }

  /** A request with its mappings; for one thread at a time. */
  final class Request {
    private int mine;

    /**
     * Maps memory until this request has ended.
     *
     * @param whenRoom called once if there is no room, by whatever thread ends the last request, or
     *     by this one before it returns; by then this request holds nothing any more and is to be
     *     built from its beginning
     * @return the address the device sees, or {@link #NO_ROOM}
     * @throws DmaException if the request would not even fit alone, or the mapping is refused
     */
    long map(DmaMemory memory, Runnable whenRoom) {
      List<Runnable> woken;
      synchronized (lock) {
        // Nobody new while others drain, or they would never have drained.
        long iova = mine == 0 && !waiting.isEmpty() ? NO_ROOM : tryMap(memory);
        if (iova == NO_ROOM && live == 0 && waiting.isEmpty()) {
          reset();
          iova = tryMap(memory);
        }
        if (iova != NO_ROOM) {
          mapped.add(memory);
          live += mine == 0 ? 1 : 0;
          mine++;
          return iova;
        }
        waiting.add(whenRoom);
        woken = giveUp();
      }
      woken.forEach(Runnable::run);
      return NO_ROOM;
    }

    /** The request has been completed, or is given up: the device no longer uses its mappings. */
    void end() {
      List<Runnable> woken;
      synchronized (lock) {
        woken = giveUp();
      }
      woken.forEach(Runnable::run);
    }

    private long tryMap(DmaMemory memory) {
      long iova = allocator.allocateTemporary(memory.size());
      LinuxException refusal = null;
      if (iova != IovaAllocator.NONE) {
        try {
          port.map(memory.address(), iova, memory.size());
          return iova;
        } catch (LinuxException e) {
          if (!DmaLimits.isLimit(e)) {
            throw limits.explain(e, memory.size(), mapped.size());
          }
          refusal = e;
        }
      }
      if (mapped.size() == mine) {
        // All there is to give back is its own: waiting would not help.
        throw refusal != null
            ? limits.explain(refusal, memory.size(), mapped.size())
            : new DmaException(
                "%d bytes do not fit the addresses for temporary mappings; split the request"
                    .formatted(memory.size()));
      }
      return NO_ROOM;
    }

    /** Returns what is to be called without the lock. */
    private List<Runnable> giveUp() {
      live -= mine > 0 ? 1 : 0;
      mine = 0;
      if (live > 0 || waiting.isEmpty()) {
        return List.of();
      }
      reset();
      List<Runnable> woken = List.copyOf(waiting);
      waiting.clear();
      return woken;
    }
  }

  private void reset() {
    IovaRange used = allocator.temporaryInUse();
    if (used != null) {
      port.unmap(used.start(), used.size());
      allocator.resetTemporary();
      mapped.clear();
    }
  }
}
