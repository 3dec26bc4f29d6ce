package dev.doorbell.emulated;

/**
 * Lets requests for durability share syncs of one namespace.
 *
 * <p>A sync that starts after a request's write has ended covers it. So one sync serves all that
 * have joined before it starts; those that join while it runs form the next group. The thread of
 * the first to join leads: it syncs until nobody waits. The others are free at once.
 */
final class SyncGroup {
  private final Namespace namespace;
  private WorkItem first;
  private WorkItem last;
  private boolean led;

  SyncGroup(Namespace namespace) {
    this.namespace = namespace;
  }

  /** Sees to it that {@code item.synced} is called after a sync, by this thread or another. */
  void join(WorkItem item) {
    synchronized (this) {
      item.next = null;
      if (first == null) {
        first = item;
      } else {
        last.next = item;
      }
      last = item;
      if (led) {
        return;
      }
      led = true;
    }
    for (WorkItem group = takeGroup(); group != null; group = takeGroup()) {
      int status = namespace.flush();
      while (group != null) {
        // Read first: an item that has ended may be in another queue at once.
        WorkItem following = group.next;
        group.next = null;
        group.synced(status);
        group = following;
      }
    }
  }

  /** How many have joined the group that is not yet being synced. */
  synchronized int waiting() {
    int count = 0;
    for (WorkItem item = first; item != null; item = item.next) {
      count++;
    }
    return count;
  }

  /** All that wait now; or null, and then nobody leads any more. */
  private synchronized WorkItem takeGroup() {
    WorkItem group = first;
    first = null;
    last = null;
    led = group != null;
    return group;
  }
}
