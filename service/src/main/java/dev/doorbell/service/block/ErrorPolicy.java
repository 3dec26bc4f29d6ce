package dev.doorbell.service.block;

import dev.doorbell.nvme.spec.Status;
import java.util.Locale;

/** What becomes of a request that the drive failed: QEMU's {@code rerror} and {@code werror}. */
public enum ErrorPolicy {
  /** The client is told. */
  REPORT,
  /** The client is told that it succeeded; a read has zeros. */
  IGNORE,
  /** The request is kept and the namespace stopped, until an operator resumes it. */
  STOP,
  /** As {@link #STOP} if the drive has no room, else as {@link #REPORT}. */
  ENOSPC;

  /** What the policy comes to for one failure: REPORT, IGNORE or STOP. */
  ErrorPolicy actionFor(int status) {
    int code = Status.code(status);
    if (code == Status.COMPARE_FAILURE || outcomeUnknown(status)) {
      // The first is an answer. The second may have been done: to do it again is for who asked.
      return REPORT;
    }
    return switch (this) {
      case ENOSPC -> code == Status.CAPACITY_EXCEEDED ? STOP : REPORT;
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
