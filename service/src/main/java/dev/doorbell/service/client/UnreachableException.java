package dev.doorbell.service.client;

import javax.net.ssl.SSLException;

/** There is no connection to the service: nothing was sent. */
public final class UnreachableException extends DoorbellException {
  private static final long serialVersionUID = 1L;

  /** The service at {@code url} cannot be reached. */
  public UnreachableException(String url, Throwable cause) {
    super("cannot reach " + url + ": " + reason(cause), cause);
  }

  /** Whether somebody is there, but TLS could not be agreed upon: mostly a matter of trust. */
  public boolean untrusted() {
    for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException) {
        return true;
      }
    }
    return false;
  }

  private static String reason(Throwable cause) {
    Throwable last = cause;
    while (last.getMessage() == null && last.getCause() != null) {
      last = last.getCause();
    }
    return last.getMessage() == null ? last.getClass().getSimpleName() : last.getMessage();
  }
}
