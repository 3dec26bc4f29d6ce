package dev.doorbell.vfio;

import dev.doorbell.dma.DmaException;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.LinuxException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Mappings that live for one request, given back all at once when the limit is met.
 *
 * <p>Unmapping costs a flush of the IOMMU, so that nothing is unmapped when a request ends. When
 * the next mapping finds no room, the requests with mappings are waited for, and once the last has
 * ended all mappings are reset. A request is waited for from its first mapping on, also while it is
 * still being built: its addresses stay good until it has ended. One that itself finds no room
 * while it is built gives up what it had, is told so, and is built again after the reset; so those
 * that wait never wait for each other. Those that waited are built one at a time, so that each gets
 * through. Safe for use by several threads.
 */
public final class TemporaryMappings {
  /** Instead of an address: no room now. */
  public static final long NO_ROOM = -1;

  private final DmaPort port;
  private final IovaAllocator allocator;
  private final Object lock;
  private final DmaLimits limits;
  private final List<DmaMemory> mapped = new ArrayList<>();
  private final Deque<Waiter> waiting = new ArrayDeque<>();

  /** Requests that hold mappings. */
  private int live;

  /** Whether the limit was met: nobody new begins until all have ended. */
  private boolean draining;

  /** The one that waited and is being built now; the others stay in the queue meanwhile. */
  private Request building;

  private record Waiter(Request request, Runnable whenRoom) {}

  /**
   * @param lock guards {@code allocator}
   */
  TemporaryMappings(DmaPort port, IovaAllocator allocator, Object lock, DmaLimits limits) {
    this.port = port;
    this.allocator = allocator;
    this.lock = lock;
    this.limits = limits;
  }

  /** Begins a request, which is under construction until {@link Request#submitted}. */
  public Request begin() {
    return new Request();
  }

  /** Mappings since the last reset. */
  public int mappings() {
    synchronized (lock) {
      return mapped.size();
    }
  }

  /** A request with its mappings; for one thread at a time. Whoever began it ends it. */
  public final class Request {
    private int mine;

    private Request() {}

    /**
     * Maps memory until this request has ended.
     *
     * @param whenRoom called once if there is no room now, by a thread that ends or submits another
     *     request, or by this one before it returns; by then this request holds nothing any more
     *     and is to be built from its beginning
     * @return the address the device sees, or {@link #NO_ROOM}
     * @throws DmaException if the request would not even fit alone, or the mapping is refused
     */
    public long map(DmaMemory memory, Runnable whenRoom) {
      Runnable woken;
      synchronized (lock) {
        boolean mayMap = mine > 0 || this == building || building == null && !draining;
        long iova = mayMap ? tryMap(memory) : NO_ROOM;
        if (iova != NO_ROOM) {
          mapped.add(memory);
          live += mine == 0 ? 1 : 0;
          mine++;
          return iova;
        }
        wait(whenRoom, mayMap);
        woken = next();
      }
      run(woken);
      return NO_ROOM;
    }

    /** The request is complete and on its way to the device: nothing more is mapped for it. */
    public void submitted() {
      Runnable woken;
      synchronized (lock) {
        building = this == building ? null : building;
        woken = next();
      }
      run(woken);
    }

    /** The request has been completed, or is given up: the device no longer uses its mappings. */
    public void end() {
      Runnable woken;
      synchronized (lock) {
        building = this == building ? null : building;
        waiting.removeIf(w -> w.request == this);
        giveUp();
        woken = next();
      }
      run(woken);
    }

    private long tryMap(DmaMemory memory) {
      try {
        return mapOrThrow(memory);
      } catch (LinuxException e) {
        if (!DmaLimits.isLimit(e)) {
          throw limits.explain(e, memory.size(), mapped.size());
        }
        if (mapped.size() == mine) {
          // All there is to give back is its own: waiting would not help.
          throw limits.explain(e, memory.size(), mapped.size());
        }
        if (live > 0) {
          return NO_ROOM;
        }
      }
      reset();
      return tryMap(memory);
    }

    private long mapOrThrow(DmaMemory memory) {
      long iova = allocator.allocateTemporary(memory.size());
      if (iova == IovaAllocator.NONE) {
        throw new LinuxException("IOVA", memory.size() + " bytes", Errno.ENOSPC);
      }
      port.map(memory.address(), iova, memory.size());
      return iova;
    }

    private void wait(Runnable whenRoom, boolean limitMet) {
      Waiter waiter = new Waiter(this, whenRoom);
      if (limitMet) {
        draining = true;
        giveUp();
      }
      if (this == building) {
        building = null;
        waiting.addFirst(waiter);
      } else {
        waiting.addLast(waiter);
      }
    }

    private void giveUp() {
      live -= mine > 0 ? 1 : 0;
      mine = 0;
    }
  }

  /** Resets if all have ended, then takes the next one from the queue; null if it is not time. */
  private Runnable next() {
    if (draining && live == 0) {
      reset();
      draining = false;
    }
    if (draining || building != null || waiting.isEmpty()) {
      return null;
    }
    Waiter first = waiting.remove();
    building = first.request;
    return first.whenRoom;
  }

  /** Without the lock: it may begin the next request. */
  private static void run(Runnable woken) {
    if (woken != null) {
      woken.run();
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
