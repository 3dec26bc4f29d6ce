package dev.doorbell.vfio;

import dev.doorbell.device.Interrupt;
import dev.doorbell.linux.EventFd;
import dev.doorbell.linux.LinuxException;
import java.nio.ByteBuffer;

/**
 * A vector of a device. Safe for use by several threads that poll queues behind it.
 *
 * <p>A message (MSI, MSI-X) is an edge: there is nothing to mask and nothing to end. INTx is a
 * level: the kernel masks it when it signals, so that it needs no silencing, and {@link #unmask}
 * ends the interrupt. If the device still asserts the line by then, the kernel signals at once; so
 * whoever unmasks, polls, and then sleeps is woken, whichever thread the interrupt before was for.
 */
final class VfioInterrupt implements Interrupt {
  private final EventFd eventFd;
  private final Handle device;

  /** Read by the kernel only, so that all threads may use it; null if nothing is to be unmasked. */
  private final ByteBuffer unmask;

  private volatile boolean closed;

  /**
   * @param level whether it is INTx
   */
  VfioInterrupt(EventFd eventFd, Handle device, boolean level) {
    this.eventFd = eventFd;
    this.device = device;
    this.unmask =
        level
            ? VfioInterrupts.irqSet(
                VfioAbi.INTX_IRQ, VfioAbi.IRQ_DATA_NONE | VfioAbi.IRQ_ACTION_UNMASK, 1, 0)
            : null;
  }

  @Override
  public int fd() {
    return eventFd.fd();
  }

  @Override
  public void mask() {
    // Masked by the kernel when it matters; by this thread, it could be taken from others.
  }

  @Override
  public void unmask() {
    if (unmask == null || closed) {
      return;
    }
    try {
      device.ioctl(Ioctl.VFIO_DEVICE_SET_IRQS, unmask);
    } catch (LinuxException e) {
      // Without interrupts the loops still poll, later than they could.
      VfioDevice.LOG.warn("{}: INTx not unmasked: {}", device.path(), e.getMessage());
    }
  }

  void close() {
    closed = true;
    eventFd.close();
  }
}
