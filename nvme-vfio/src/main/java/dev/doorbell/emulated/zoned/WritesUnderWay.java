package dev.doorbell.emulated.zoned;

/**
 * The writes that have taken their blocks and whose data is being transferred, by zone. They end in
 * any order; the write pointer follows the first that has not. Guarded by the lock of the {@link
 * ZoneTable}. Allocates up to the number of writes at once.
 */
final class WritesUnderWay {
  private Zone.InFlight freeNodes;
  private int busyZones;

  // What goes on after the write that has just ended.
  private ZoneRequest releasedFirst;
  private ZoneRequest releasedLast;

  /** Whether no write of any zone is under way. */
  boolean none() {
    return busyZones == 0;
  }

  /** A write has just taken its blocks, up to {@link Zone#taken}. */
  void begin(Zone zone, ZoneRequest request) {
    request.alone = zone.idle();
    if (request.alone) {
      zone.onlyEnd = zone.taken;
      busyZones++;
    } else {
      request.node = enlist(zone);
    }
  }

  /**
   * Frees the blocks of a write that was not done, so that it can be repeated, unless a later write
   * has taken those behind them: then they are used up.
   */
  void giveBack(Zone zone, ZoneRequest request) {
    if (zone.taken != request.lba + request.blocks) {
      return;
    }
    zone.taken = request.lba;
    zone.dataEnd(request.lba);
    if (zone.onlyEnd != Zone.NONE) {
      zone.onlyEnd = request.lba;
    } else {
      // Those behind it have given theirs back before, and end where this one does.
      Zone.InFlight node = request.alone ? zone.first : request.node;
      for (; node != null; node = node.next) {
        node.end = request.lba;
      }
    }
  }

  /**
   * Ends a write.
   *
   * @param hold whether it is to be released once all earlier writes of its zone have ended
   * @return whether the write pointer has followed; then {@link #takeReleased} has what goes on
   */
  boolean end(Zone zone, ZoneRequest request, boolean hold) {
    if (request.alone && zone.onlyEnd != Zone.NONE) {
      zone.pointer = zone.onlyEnd;
      zone.onlyEnd = Zone.NONE;
      busyZones--;
      release(hold ? request : null);
      return true;
    }
    // One that was alone when it began is the first of those that there are by now.
    Zone.InFlight node = request.alone ? zone.first : request.node;
    request.node = null;
    node.ended = true;
    node.waiter = hold ? request : null;
    if (zone.first != node) {
      return false;
    }
    while (node != null && node.ended) {
      zone.pointer = node.end;
      release(node.waiter);
      zone.first = node.next;
      recycle(node);
      node = zone.first;
    }
    if (zone.first == null) {
      zone.last = null;
      busyZones--;
    }
    return true;
  }

  /** Lets a request go on, if there is one, behind those that do already. */
  void release(ZoneRequest request) {
    if (request == null) {
      return;
    }
    request.next = null;
    if (releasedFirst == null) {
      releasedFirst = request;
    } else {
      releasedLast.next = request;
    }
    releasedLast = request;
  }

  /** The chain of requests that go on; null for none. */
  ZoneRequest takeReleased() {
    ZoneRequest chain = releasedFirst;
    releasedFirst = null;
    releasedLast = null;
    return chain;
  }

  /** Puts the write that has just taken its blocks behind those under way. */
  private Zone.InFlight enlist(Zone zone) {
    if (zone.onlyEnd != Zone.NONE) {
      zone.first = node();
      zone.first.end = zone.onlyEnd;
      zone.last = zone.first;
      zone.onlyEnd = Zone.NONE;
    }
    Zone.InFlight node = node();
    node.end = zone.taken;
    zone.last.next = node;
    zone.last = node;
    return node;
  }

  private Zone.InFlight node() {
    Zone.InFlight node = freeNodes;
    if (node == null) {
      return new Zone.InFlight();
    }
    freeNodes = node.next;
    node.next = null;
    node.ended = false;
    return node;
  }

  private void recycle(Zone.InFlight node) {
    node.waiter = null;
    node.next = freeNodes;
    freeNodes = node;
  }
}
