package dev.doorbell.service.client;

/** 404: there is no such controller, namespace, zone or resource. */
public final class NotFoundException extends ProblemException {
  private static final long serialVersionUID = 1L;

  NotFoundException(Problem problem) {
    super(problem);
  }
}
