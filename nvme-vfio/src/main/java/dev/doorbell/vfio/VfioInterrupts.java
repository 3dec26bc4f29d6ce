package dev.doorbell.vfio;

import dev.doorbell.device.DeviceException;
import dev.doorbell.device.Interrupt;
import dev.doorbell.linux.EventFd;
import dev.doorbell.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The interrupts of a device: MSI-X where it has it, else MSI, else INTx. For one thread. */
final class VfioInterrupts {
  private final Kernel kernel;
  private final Handle device;
  private final String name;
  private final IrqInfo irq;
  private final int vectors;
  private final List<VfioInterrupt> enabled = new ArrayList<>();

  /**
   * @param name of the device, for messages
   * @param msix bounds the count of vectors
   */
  VfioInterrupts(Kernel kernel, Handle device, String name, Optional<MsixTable> msix) {
    this.kernel = kernel;
    this.device = device;
    this.name = name;
    this.irq = choose(device);
    this.vectors =
        irq.index() == VfioAbi.MSIX_IRQ && msix.isPresent()
            ? Math.min(irq.count(), msix.get().entries())
            : irq.count();
    if (vectors < 1) {
      throw new DeviceException(name + ": the device has no interrupts that VFIO can deliver");
    }
  }

  private static IrqInfo choose(Handle device) {
    IrqInfo info = IrqInfo.of(device, VfioAbi.MSIX_IRQ);
    if (info.count() < 1) {
      info = IrqInfo.of(device, VfioAbi.MSI_IRQ);
    }
    return info.count() < 1 ? IrqInfo.of(device, VfioAbi.INTX_IRQ) : info;
  }

  /** {@code MSI-X}, {@code MSI} or {@code INTx}. */
  String kind() {
    return irq.kind();
  }

  int vectors() {
    return vectors;
  }

  /**
   * Routes vectors to eventfds.
   *
   * @return as many as asked, or fewer if the machine is short of vectors
   */
  Interrupt[] enable(int count) {
    if (count < 1 || count > vectors) {
      throw new DeviceException(
          "%s: interrupt vectors: %d, allowed: 1 to %d".formatted(name, count, vectors));
    }
    if (enabled.size() < count) {
      // The number of messages can only be changed by turning all off.
      disable();
      try {
        route(count);
      } catch (LinuxException e) {
        disable();
        throw new DeviceException(
            "%s: %d %s vectors cannot be enabled: %s"
                .formatted(name, count, kind(), e.getMessage()),
            e);
      }
    }
    return enabled.subList(0, Math.min(count, enabled.size())).toArray(new Interrupt[0]);
  }

  private void route(int count) {
    List<EventFd> eventFds = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        eventFds.add(kernel.eventFd());
      }
      int available = trigger(eventFds);
      if (available > 0) {
        // What is returned is how many there are: fewer than asked for.
        while (eventFds.size() > available) {
          eventFds.remove(eventFds.size() - 1).close();
        }
        trigger(eventFds);
      }
    } catch (RuntimeException | Error e) {
      eventFds.forEach(EventFd::close);
      throw e;
    }
    boolean level = irq.index() == VfioAbi.INTX_IRQ;
    eventFds.forEach(e -> enabled.add(new VfioInterrupt(e, device, level)));
  }

  private int trigger(List<EventFd> eventFds) {
    ByteBuffer set =
        irqSet(
            irq.index(),
            VfioAbi.IRQ_DATA_EVENTFD | VfioAbi.IRQ_ACTION_TRIGGER,
            eventFds.size(),
            eventFds.size() * Integer.BYTES);
    for (int i = 0; i < eventFds.size(); i++) {
      set.putInt(VfioAbi.IRQ_SET_DATA + i * Integer.BYTES, eventFds.get(i).fd());
    }
    return device.ioctl(Ioctl.VFIO_DEVICE_SET_IRQS, set);
  }

  /** Turns all off and closes the eventfds; idempotent, never throws. */
  void disable() {
    if (enabled.isEmpty()) {
      return;
    }
    try {
      // No vectors at all: that is how the whole kind is turned off.
      ByteBuffer none =
          irqSet(irq.index(), VfioAbi.IRQ_DATA_NONE | VfioAbi.IRQ_ACTION_TRIGGER, 0, 0);
      device.ioctl(Ioctl.VFIO_DEVICE_SET_IRQS, none);
    } catch (LinuxException e) {
      VfioDevice.LOG.debug("{}: {} not turned off: {}", name, kind(), e.getMessage());
    }
    enabled.forEach(VfioInterrupt::close);
    enabled.clear();
  }

  static ByteBuffer irqSet(int index, int flags, int count, int dataBytes) {
    return VfioAbi.struct(VfioAbi.IRQ_SET_SIZE + dataBytes)
        .putInt(VfioAbi.FLAGS, flags)
        .putInt(VfioAbi.IRQ_SET_INDEX, index)
        .putInt(VfioAbi.IRQ_SET_START, 0)
        .putInt(VfioAbi.IRQ_SET_COUNT, count);
  }
}
