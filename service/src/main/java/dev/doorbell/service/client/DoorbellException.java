package dev.doorbell.service.client;

import java.io.IOException;

/** A request to the service did not succeed. The subclasses tell what a caller can do about it. */
public class DoorbellException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what failed and why
   * @param cause may be null
   */
  public DoorbellException(String message, Throwable cause) {
    super(message, cause);
  }
}
