package dev.doorbell.service.block;

import dev.doorbell.nvme.spec.Status;
import java.util.Locale;

/** What becomes of a request that the drive failed: QEMU's {@code rerror} and {@code werror}. */
public enum ErrorPolicy {
  /** The client is told. */
  REPORT,
  /**
   * The client is told that it succeeded; a read has zeros. What needs a true answer is reported:
   * compares, appends, zone management.
   */
  IGNORE,
  /** The request is kept and the namespace stopped, until an operator resumes it. */
  STOP,
  /** As {@link #STOP} if the drive has no room, else as {@link #REPORT}. */
  ENOSPC;

  /** What the policy comes to for one failure: REPORT, IGNORE or STOP. */
  ErrorPolicy actionFor(BlockKind kind, int status) {
    if (BlockStatus.ofLayer(status) || BlockStatus.conflict(status) || outcomeUnknown(status)) {
      // The last may have been done: to do it again is for who asked. No operator can cure the
      // others, nor shall a client that is wrong stop the rest.
      return REPORT;
    }
    return switch (this) {
      case ENOSPC -> Status.code(status) == Status.CAPACITY_EXCEEDED ? STOP : REPORT;
      case IGNORE -> kind.canBeIgnored() ? IGNORE : REPORT;
      default -> this;
    };
  }

  /** Aborted, or lost with its controller. */
  private static boolean outcomeUnknown(int status) {
    int code = Status.code(status);
    return Status.sct(status) == Status.SCT_PATH
        || code == Status.ABORT_REQUESTED
        || code == Status.ABORTED_SQ_DELETION
        || code == Status.POWER_LOSS;
  }

  /** As written in configuration and JSON. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
