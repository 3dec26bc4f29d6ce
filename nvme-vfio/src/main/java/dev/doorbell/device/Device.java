package dev.doorbell.device;

import dev.doorbell.dma.DmaMapper;

/**
 * A PCI function that a driver owns exclusively, real or emulated.
 *
 * <p>Whoever opened it closes it, after the driver has stopped the function and released its queue
 * memory.
 */
public interface Device extends AutoCloseable {
  /** What to call it in messages, for example {@code 0000:03:00.0}. */
  String name();

  /** How it is reached: {@code vfio} or {@code emulated}. */
  String transport();

  Registers registers();

  DmaMapper dma();

  /** How many interrupt vectors it offers, at least 1. */
  int interruptVectors();

  /**
   * Routes the first {@code count} vectors to an eventfd each. Must come before the driver enables
   * the controller: some controllers note whether a vector is in use only when a queue is created.
   *
   * @param count 1 to {@link #interruptVectors}
   * @return the vectors, index by number, 1 to {@code count} of them: the machine may have fewer to
   *     give than the device has; valid until {@link #close}
   * @throws DeviceException if the system refuses
   */
  Interrupt[] enableInterrupts(int count);

  /**
   * Resets the function, where supported.
   *
   * @throws DeviceException if the reset failed or is not supported
   */
  void reset();

  /**
   * Whether the system wants the function back, to remove it for example, and waits for {@link
   * #close}. Cheap enough to be asked now and then.
   */
  default boolean removalRequested() {
    return false;
  }

  /** Releases everything; idempotent, never throws. */
  @Override
  void close();
}
