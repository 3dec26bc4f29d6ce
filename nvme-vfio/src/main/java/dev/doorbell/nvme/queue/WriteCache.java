package dev.doorbell.nvme.queue;

/**
 * Whether a completed write may still be lost at power-off: the controller's volatile write cache.
 * Set by whoever sets the feature, read by every queue; safe for any thread.
 */
public final class WriteCache {
  private volatile boolean enabled;

  public WriteCache(boolean enabled) {
    this.enabled = enabled;
  }

  /** Whether Flush and Force Unit Access have anything to do. */
  public boolean enabled() {
    return enabled;
  }

  public void set(boolean value) {
    enabled = value;
  }
}
