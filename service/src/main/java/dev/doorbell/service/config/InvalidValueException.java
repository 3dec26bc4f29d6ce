package dev.doorbell.service.config;

/** A text is no value of its type; the message says what is allowed. */
public final class InvalidValueException extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidValueException(String allowed) {
    super(allowed, null, false, false);
  }
}
