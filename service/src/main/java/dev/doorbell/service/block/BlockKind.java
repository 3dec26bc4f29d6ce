package dev.doorbell.service.block;

/** What a request does; the order is the id of its counters. */
public enum BlockKind {
  READ,
  WRITE,
  FLUSH;

  /** Label value in metrics. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
