package dev.doorbell.service.client;

/** 403: the namespace, or the blocks asked for, may not be accessed like this. */
public final class WriteProtectedException extends ProblemException {
  private static final long serialVersionUID = 1L;

  WriteProtectedException(Problem problem) {
    super(problem);
  }
}
