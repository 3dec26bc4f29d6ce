package dev.doorbell.emulated;

/** Work for a thread that may wait; linked into queues through itself, so that queueing is free. */
abstract class WorkItem {
  /** Next in whatever queue holds this; it is in one at most. */
  WorkItem next;

  /** Does the work on a worker. Does not throw. */
  abstract void run();

  /** Ends the item after the sync of its namespace that it waited for. Does not throw. */
  abstract void synced(int status);
}
