package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.AsyncEvent;
import dev.doorbell.nvme.spec.ChangedZones;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.LogPage;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Asynchronous events (NVMe Base 1.4, 5.2): the requests that wait for one, the events that wait
 * for a request, and what they are about. An event of a type holds back others of its type until
 * the host has read its log page. Guarded by the lock of the admin queue.
 */
final class Events {
  private static final int TYPES = 8;

  /**
   * Where notices of changed zones are kept, in the place of a type that there is not: they have a
   * log page of their own, and must not push out notices of namespaces.
   */
  private static final int ZONES = 5;

  private static final int NONE = -1;

  /** Entries of the Changed Namespace List. */
  private static final int MAX_CHANGED = 1024;

  private final FeatureTable features;

  /** CIDs of the requests that wait. */
  private final int[] requests = new int[IdentifyData.ASYNC_EVENT_LIMIT];

  private int requestCount;

  /** The event of each type that waits for a request, or {@link #NONE}. */
  private final int[] waiting = new int[TYPES];

  /** Types sent and not yet acknowledged. */
  private final boolean[] masked = new boolean[TYPES];

  private final SortedSet<Integer> changed = new TreeSet<>();
  private int criticalWarning;

  Events(FeatureTable features) {
    this.features = features;
    reset();
  }

  /** At a controller reset: nobody waits, and what has changed the host finds out by itself. */
  void reset() {
    requestCount = 0;
    for (int type = 0; type < TYPES; type++) {
      waiting[type] = NONE;
      masked[type] = false;
    }
    changed.clear();
  }

  /** An Asynchronous Event Request. */
  int await(Command command) {
    for (int type = 0; type < TYPES; type++) {
      if (waiting[type] != NONE && !masked[type]) {
        command.result = waiting[type];
        waiting[type] = NONE;
        masked[type] = true;
        return Status.SUCCESS;
      }
    }
    if (requestCount == requests.length) {
      return Status.ASYNC_EVENT_LIMIT_EXCEEDED | Status.DNR;
    }
    requests[requestCount++] = command.cid;
    return CommandSet.RETAINED;
  }

  /** Takes out a request that is aborted; false if there is none of this identifier. */
  boolean abort(int cid) {
    for (int i = 0; i < requestCount; i++) {
      if (requests[i] == cid) {
        requests[i] = requests[--requestCount];
        return true;
      }
    }
    return false;
  }

  /** A namespace came, went or changed. */
  void namespaceChanged(int nsid, SubmissionRing admin) {
    if (configured(AsyncEvent.CONFIG_NAMESPACE_NOTICES)) {
      changed.add(nsid);
      raise(
          AsyncEvent.of(
              AsyncEvent.TYPE_NOTICE,
              AsyncEvent.NOTICE_NAMESPACE_CHANGED,
              LogPage.CHANGED_NAMESPACES),
          admin);
    }
  }

  /** Zones have changed that the host has not been told of. */
  void zonesChanged(SubmissionRing admin) {
    if (configured(ChangedZones.EVENT_CONFIGURATION)) {
      raise(
          AsyncEvent.of(
              ChangedZones.EVENT_TYPE, ChangedZones.EVENT_INFORMATION, ChangedZones.LOG_PAGE),
          admin);
    }
  }

  /** Sets the critical warnings of the SMART log; the onset of one is an event. */
  void criticalWarning(int bits, SubmissionRing admin) {
    int onset = bits & ~criticalWarning;
    criticalWarning = bits;
    if (configured(onset & AsyncEvent.CONFIG_CRITICAL_WARNINGS)) {
      int information =
          (onset & 0b1) != 0
              ? AsyncEvent.HEALTH_SPARE
              : (onset & 0b10) != 0 ? AsyncEvent.HEALTH_TEMPERATURE : AsyncEvent.HEALTH_RELIABILITY;
      raise(AsyncEvent.of(AsyncEvent.TYPE_HEALTH, information, LogPage.SMART), admin);
    }
  }

  int criticalWarning() {
    return criticalWarning;
  }

  /** The host has read a log page: events that named it may come again. */
  void logPageRead(int lid, SubmissionRing admin) {
    int type =
        switch (lid) {
          case LogPage.ERROR_INFORMATION -> AsyncEvent.TYPE_ERROR;
          case LogPage.SMART -> AsyncEvent.TYPE_HEALTH;
          case LogPage.CHANGED_NAMESPACES -> AsyncEvent.TYPE_NOTICE;
          case ChangedZones.LOG_PAGE -> ZONES;
          default -> NONE;
        };
    if (lid == LogPage.CHANGED_NAMESPACES) {
      changed.clear();
    }
    if (type != NONE) {
      masked[type] = false;
      if (waiting[type] != NONE && requestCount > 0) {
        send(type, admin);
      }
    }
  }

  /** Fills the Changed Namespace List (5.14.1.4). */
  void writeChanged(ByteBuffer out) {
    if (changed.size() > MAX_CHANGED) {
      out.putInt(0, LogPage.CHANGED_NAMESPACES_MANY);
      return;
    }
    int at = 0;
    for (int nsid : changed) {
      out.putInt(at, nsid);
      at += Integer.BYTES;
    }
  }

  private void raise(int event, SubmissionRing admin) {
    boolean ofZones = AsyncEvent.logPage(event) == ChangedZones.LOG_PAGE;
    int type = ofZones ? ZONES : AsyncEvent.type(event);
    waiting[type] = event;
    if (!masked[type] && requestCount > 0 && admin != null) {
      send(type, admin);
    }
  }

  private void send(int type, SubmissionRing admin) {
    int event = waiting[type];
    waiting[type] = NONE;
    masked[type] = true;
    admin.endRetained(requests[--requestCount], Status.SUCCESS, event & 0xFFFFFFFFL);
  }

  private boolean configured(int bits) {
    return (features.value(Feature.ASYNC_EVENT_CONFIGURATION) & bits) != 0;
  }
}
