package dev.doorbell.service.block;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The aligned writes that one loop has in flight on one namespace, for the range lock to wait for.
 * Belongs to the loop's thread; adding and removing allocates nothing.
 */
final class WritesInFlight {
  private final List<Barrier> barriers = new ArrayList<>();
  private BlockRequest first;
  private long sequence;

  void add(BlockRequest request) {
    request.sequence = sequence++;
    request.previousInFlight = null;
    request.nextInFlight = first;
    if (first != null) {
      first.previousInFlight = request;
    }
    first = request;
  }

  void remove(BlockRequest request) {
    BlockRequest previous = request.previousInFlight;
    BlockRequest next = request.nextInFlight;
    if (previous == null) {
      first = next;
    } else {
      previous.nextInFlight = next;
    }
    if (next != null) {
      next.previousInFlight = previous;
    }
    request.previousInFlight = null;
    request.nextInFlight = null;
    if (!barriers.isEmpty()) {
      passBarriers(request);
    }
  }

  /** As {@link RangeLock.Loop#whenWritesDone}. */
  void whenDone(long begin, long end, Runnable done) {
    int overlapping = 0;
    for (BlockRequest r = first; r != null; r = r.nextInFlight) {
      if (r.overlapsBlocks(begin, end)) {
        overlapping++;
      }
    }
    if (overlapping == 0) {
      done.run();
    } else {
      barriers.add(new Barrier(begin, end, sequence, overlapping, done));
    }
  }

  private void passBarriers(BlockRequest request) {
    for (Iterator<Barrier> all = barriers.iterator(); all.hasNext(); ) {
      Barrier barrier = all.next();
      if (request.sequence < barrier.sequence
          && request.overlapsBlocks(barrier.begin, barrier.end)
          && --barrier.missing == 0) {
        all.remove();
        barrier.done.run();
      }
    }
  }

  private static final class Barrier {
    private final long begin;
    private final long end;
    private final long sequence;
    private final Runnable done;
    private int missing;

    Barrier(long begin, long end, long sequence, int missing, Runnable done) {
      this.begin = begin;
      this.end = end;
      this.sequence = sequence;
      this.missing = missing;
      this.done = done;
    }
  }
}
