package dev.doorbell.service.client;

/**
 * The connection or stream ended before the answer did, or the answer is not what was asked for.
 * Whether a write was done is not known then.
 */
public final class BrokenAnswerException extends DoorbellException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was asked, and how the answer ended
   * @param cause may be null
   */
  public BrokenAnswerException(String message, Throwable cause) {
    super(message, cause);
  }
}
