package dev.doorbell.service.client;

/** What a write waits for. */
public enum Durability {
  /** Until it survives a loss of power. */
  DURABLE,
  /** Until the drive has taken it; durable only after a flush. */
  VOLATILE
}
