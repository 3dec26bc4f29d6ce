package dev.doorbell.emulated.zoned;

import java.util.ArrayList;
import java.util.List;

/**
 * The management actions that have begun and are not finished, and the requests that wait for them.
 * Their zones do not overlap: what begins later and concerns the same zone waits. Guarded by the
 * lock of the {@link ZoneTable}.
 */
final class ManagementUnderWay {
  private final List<ZoneRequest> operations = new ArrayList<>(4);

  void begin(ZoneRequest operation) {
    operations.add(operation);
  }

  /** Whether a request has to wait for the end of an action; if so, it is kept with that. */
  boolean defer(ZoneRequest request) {
    for (int i = 0; i < operations.size(); i++) {
      ZoneRequest operation = operations.get(i);
      if (request.firstZone < operation.endZone && operation.firstZone < request.endZone) {
        request.next = null;
        if (operation.waitingFirst == null) {
          operation.waitingFirst = request;
        } else {
          operation.waitingLast.next = request;
        }
        operation.waitingLast = request;
        return true;
      }
    }
    return false;
  }

  /** The action, if any, that has waited for nothing but the last write of {@code zone}. */
  ZoneRequest drainedBy(Zone zone, WritesUnderWay writes) {
    // Their zones do not overlap: there is one at most.
    for (int i = 0; i < operations.size(); i++) {
      ZoneRequest operation = operations.get(i);
      if (!operation.applied
          && operation.firstZone <= zone.index
          && zone.index < operation.endZone
          && (!operation.all || writes.none())) {
        return operation;
      }
    }
    return null;
  }

  /** Ends an action; returns the chain of those that waited for it. */
  ZoneRequest finish(ZoneRequest operation) {
    operations.remove(operation);
    ZoneRequest waiting = operation.waitingFirst;
    operation.waitingFirst = null;
    operation.waitingLast = null;
    return waiting;
  }
}
