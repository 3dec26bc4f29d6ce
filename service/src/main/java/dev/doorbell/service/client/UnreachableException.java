package dev.doorbell.service.client;

/** There is no connection to the service: nothing was sent. */
public final class UnreachableException extends DoorbellException {
  private static final long serialVersionUID = 1L;

  /** The service at {@code url} cannot be reached. */
  public UnreachableException(String url, Throwable cause) {
    super("cannot reach " + url + ": " + reason(cause), cause);
  }

  private static String reason(Throwable cause) {
    Throwable last = cause;
    while (last.getMessage() == null && last.getCause() != null) {
      last = last.getCause();
    }
    return last.getMessage() == null ? last.getClass().getSimpleName() : last.getMessage();
  }
}
