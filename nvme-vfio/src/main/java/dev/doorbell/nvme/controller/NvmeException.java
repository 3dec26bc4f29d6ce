package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.spec.Status;

/** A controller could not be brought up or refused an admin command; says which and why. */
public final class NvmeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  public NvmeException(String message) {
    super(message);
    this.status = Status.SUCCESS;
  }

  /**
   * @param what the command that failed, for example {@code "nvme0: Identify Controller"}
   * @param status as {@link Status} reads it
   */
  public NvmeException(String what, int status) {
    super(
        "%s failed: %s (status code type %d, code %02Xh%s)"
            .formatted(
                what,
                Status.name(status),
                Status.sct(status),
                Status.sc(status),
                Status.doNotRetry(status) ? ", do not retry" : ""));
    this.status = status;
  }

  /** The completion's status, or 0 if no completion was the cause. */
  public int status() {
    return status;
  }
}
