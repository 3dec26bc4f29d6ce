package dev.doorbell.nvme.controller;

/** What is counted of a controller's faults. The order is the id: new counters go to the end. */
public enum ControllerCounter {
  /** Commands that were outstanding for longer than they may be. */
  TIMEOUTS,
  /** Abort commands sent for them. */
  ABORTS,
  /** Abort commands that the controller answered with "not aborted". */
  ABORTS_REFUSED,
  /** Controller resets begun. */
  RESETS,
  /** Resets after which the controller did not come back. */
  RESET_FAILURES,
  /** Times the controller reported a fatal status (CSTS.CFS). */
  FATAL_STATUSES,
  /** Times the controller was found disabled by itself, as after a loss of power. */
  LOST_STATES,
  /** Times the device was found gone: its registers read all ones, or its removal was asked for. */
  REMOVALS,
  /** Floods of completions that named no command. */
  COMPLETION_STORMS;
}
