package dev.doorbell.service.client;

/** 503: the drive or the service cannot take the request now. */
public final class BusyException extends ProblemException {
  private static final long serialVersionUID = 1L;

  private final long retryAfterSeconds;

  BusyException(Problem problem, long retryAfterSeconds) {
    super(problem);
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** When the service wants to be asked again, or -1 if it did not say. */
  public long retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
