package dev.doorbell.service.client;

/** 504: the drive did not answer in time; each block has its old or its new content. */
public final class OutcomeUnknownException extends ProblemException {
  private static final long serialVersionUID = 1L;

  OutcomeUnknownException(Problem problem) {
    super(problem);
  }
}
