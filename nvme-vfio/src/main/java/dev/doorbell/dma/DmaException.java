package dev.doorbell.dma;

/** Memory could not be mapped for a device, or was not mapped where it should have been. */
public final class DmaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DmaException(String message) {
    super(message);
  }

  public DmaException(String message, Throwable cause) {
    super(message, cause);
  }
}
