package dev.doorbell.device;

/**
 * One interrupt vector of a device, signalled through an eventfd.
 *
 * <p>Masking is advice: a device that cannot suppress interrupts cheaply goes on signalling, which
 * costs time but loses nothing. What happened while masked is signalled at {@link #unmask}, so the
 * order "unmask, poll once more, sleep" cannot miss a completion. {@link #mask} and {@link #unmask}
 * are for the one thread that polls the queues behind the vector.
 */
public interface Interrupt {
  /** The eventfd, non-blocking; becomes readable at an interrupt. Owned by the device. */
  int fd();

  /** Asks for silence: the caller is polling. */
  void mask();

  /** Asks for signals again; signals at once if something happened while masked. */
  void unmask();
}
