package dev.doorbell.service.client;

/** The service answered with an error. */
public class ProblemException extends DoorbellException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;
  private final int status;

  ProblemException(Problem problem) {
    super(problem.detail(), null);
    this.problem = problem;
    this.status = problem.status();
  }

  /** The status of HTTP. */
  public int status() {
    return status;
  }

  /** The whole problem document. */
  public Problem problem() {
    return problem;
  }

  /** The exception that says the most about a problem. */
  static ProblemException of(Problem problem, long retryAfterSeconds) {
    return switch (problem.status()) {
      case 403 -> new WriteProtectedException(problem);
      case 404 -> new NotFoundException(problem);
      case 405, 501 -> new UnsupportedRequestException(problem);
      case 503 -> new BusyException(problem, retryAfterSeconds);
      case 504 -> new OutcomeUnknownException(problem);
      default -> new ProblemException(problem);
    };
  }
}
