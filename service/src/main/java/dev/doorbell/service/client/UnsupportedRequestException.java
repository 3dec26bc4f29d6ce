package dev.doorbell.service.client;

/** 405 or 501: the resource is there, but not this request of it. */
public final class UnsupportedRequestException extends ProblemException {
  private static final long serialVersionUID = 1L;

  UnsupportedRequestException(Problem problem) {
    super(problem);
  }
}
