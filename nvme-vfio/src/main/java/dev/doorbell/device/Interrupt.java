package dev.doorbell.device;

/**
 * One interrupt vector of a device, signalled through an eventfd.
 *
 * <p>Masking is advice: a device that cannot suppress interrupts cheaply goes on signalling, which
 * costs time but loses nothing. What happened while masked is signalled at {@link #unmask}, so the
 * order "unmask, poll once more, sleep" cannot miss a completion. {@link #mask} is for the one
 * thread that polls the queues behind the vector; where there are several, none may call it. {@link
 * #unmask} is safe for all of them: one that sleeps after its own unmask is woken by what is for
 * it, and by what is for others.
 */
public interface Interrupt {
  /** The eventfd, non-blocking; becomes readable at an interrupt. Owned by the device. */
  int fd();

  /** Asks for silence: the caller is polling. */
  void mask();

  /** Asks for signals again; signals at once if something happened while masked. */
  void unmask();
}
