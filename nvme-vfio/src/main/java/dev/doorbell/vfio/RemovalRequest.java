package dev.doorbell.vfio;

import dev.doorbell.linux.EventFd;
import dev.doorbell.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The kernel's request to give a device back: at a hot-unplug, or when it is to be bound to another
 * driver. Whoever asked waits until the device is closed.
 */
final class RemovalRequest {
  private final EventFd eventFd;
  private volatile boolean made;

  private RemovalRequest(EventFd eventFd) {
    this.eventFd = eventFd;
  }

  /**
   * Has requests signalled; empty where the kernel has none.
   *
   * @param irqs kinds of interrupts that the kernel knows for the device
   * @throws LinuxException if the system refuses
   */
  static Optional<RemovalRequest> route(Kernel kernel, Handle device, int irqs) {
    if (irqs <= VfioAbi.REQUEST_IRQ || IrqInfo.of(device, VfioAbi.REQUEST_IRQ).count() == 0) {
      return Optional.empty();
    }
    EventFd eventFd = kernel.eventFd();
    try {
      ByteBuffer set =
          VfioInterrupts.irqSet(
              VfioAbi.REQUEST_IRQ,
              VfioAbi.IRQ_DATA_EVENTFD | VfioAbi.IRQ_ACTION_TRIGGER,
              1,
              Integer.BYTES);
      device.ioctl(Ioctl.VFIO_DEVICE_SET_IRQS, set.putInt(VfioAbi.IRQ_SET_DATA, eventFd.fd()));
      return Optional.of(new RemovalRequest(eventFd));
    } catch (RuntimeException | Error e) {
      eventFd.close();
      throw e;
    }
  }

  /** Whether it was made; once it was, it stays so. */
  boolean made() {
    if (!made && eventFd.drain() > 0) {
      made = true;
    }
    return made;
  }

  /** Idempotent; the kernel lets go of the eventfd when the device is closed. */
  void close() {
    eventFd.close();
  }
}
