package dev.doorbell.dma;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * The mappings that one queue makes for single requests, so that memory which is neither of an
 * arena nor registered need not be copied.
 *
 * <p>Nothing is unmapped when a request ends. When the next one finds no room, it waits until all
 * requests with mappings have ended, everything is unmapped at once, and those that waited go on in
 * their order; nobody overtakes them. A request counts from before its first mapping, also while it
 * is being built: its addresses stay good until it has ended. One that finds no room half-way gives
 * up what it had and is built again, so that none waits for itself. Where the room is not its own
 * to give back, as other queues have it, the request is refused and has to do with a copy.
 *
 * <p>For the owner thread of the queue. Who waits has always one before it that is with the device,
 * and goes on when that one ends.
 */
public final class TemporaryMappings {
  /** What came of an attempt to map. */
  public enum Outcome {
    MAPPED,
    /** {@link TemporaryRequest#ready} will be called. */
    WAITING,
    REFUSED
  }

  private final TemporarySpace space;
  private final int smallest;
  private final ArrayDeque<TemporaryRequest> waiting = new ArrayDeque<>();

  /** Requests that hold mappings. */
  private int live;

  /** Whether anything has been mapped since all was unmapped. */
  private boolean used;

  /** Whether the limit was met: nobody new begins until all have ended. */
  private boolean draining;

  private long waits;
  private long unmaps;

  /**
   * @param space used by nobody else
   * @param smallest piece of memory in bytes that is worth a mapping
   */
  public TemporaryMappings(TemporarySpace space, int smallest) {
    this.space = space;
    this.smallest = Math.max(smallest, DmaMemory.PAGE_SIZE);
  }

  /**
   * The memory behind part of a buffer, if it can be mapped and is worth it, else null: direct, in
   * whole pages, and large enough.
   */
  public DmaMemory candidate(ByteBuf buffer, int index, int bytes) {
    if (bytes < smallest
        || (bytes & DmaMemory.PAGE_SIZE - 1) != 0
        || !buffer.isDirect()
        || buffer.nioBufferCount() != 1) {
      return null;
    }
    return DmaMemory.ofPages(buffer.nioBuffer(index, bytes));
  }

  /**
   * Maps the memory of a request until {@link #end}.
   *
   * @return {@link Outcome#WAITING} if it has to wait: then {@link TemporaryRequest#ready} is
   *     called once, from within the end of another request
   */
  public Outcome map(TemporaryRequest request) {
    if (request.bytes() > space.capacity()) {
      return Outcome.REFUSED;
    }
    // Those that wait are being called one after the other, perhaps by whoever called this.
    if (draining || !waiting.isEmpty()) {
      waits++;
      waiting.addLast(request);
      return Outcome.WAITING;
    }
    Outcome outcome = tryMap(request);
    if (outcome == Outcome.WAITING) {
      waits++;
      waiting.addLast(request);
    }
    return outcome;
  }

  /** A request that was mapped has ended: the device no longer uses its mappings. */
  public void end() {
    assert live > 0 : "ended more requests than were mapped";
    live--;
    if (live == 0 && draining) {
      draining = false;
      unmapAll();
      wake();
    }
  }

  /** Requests that had to wait so far. */
  public long waits() {
    return waits;
  }

  /** How often everything was unmapped so far. */
  public long unmaps() {
    return unmaps;
  }

  private Outcome tryMap(TemporaryRequest request) {
    live++;
    used = true;
    long result = request.mapAll(space);
    if (result == TemporarySpace.NO_ROOM && live == 1) {
      // Nobody else holds any, so that there is nobody to wait for.
      unmapAll();
      used = true;
      result = request.mapAll(space);
    }
    if (result >= 0) {
      return Outcome.MAPPED;
    }
    live--;
    if (result == TemporarySpace.NO_ROOM && live > 0) {
      draining = true;
      return Outcome.WAITING;
    }
    return Outcome.REFUSED;
  }

  /** Lets those that wait go on, until one has to wait again. */
  private void wake() {
    while (!draining && !waiting.isEmpty()) {
      TemporaryRequest next = waiting.peekFirst();
      Outcome outcome = tryMap(next);
      if (outcome != Outcome.WAITING) {
        waiting.removeFirst();
        next.ready(outcome == Outcome.MAPPED);
      }
    }
  }

  private void unmapAll() {
    if (used) {
      used = false;
      unmaps++;
      space.unmapAll();
    }
  }
}
