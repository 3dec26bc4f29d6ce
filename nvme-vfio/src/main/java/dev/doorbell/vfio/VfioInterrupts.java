package dev.doorbell.vfio;

import dev.doorbell.device.DeviceException;
import dev.doorbell.device.Interrupt;
import dev.doorbell.linux.EventFd;
import dev.doorbell.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The interrupts of a device: MSI-X where it has it, else MSI, else INTx. A machine may refuse
 * messages though the device has them (a kernel booted with pci=nomsi does); then the next kind is
 * tried. For one thread.
 */
final class VfioInterrupts {
  private final Kernel kernel;
  private final Handle device;
  private final String name;
  private final List<VfioInterrupt> enabled = new ArrayList<>();

  /** Kinds not refused so far, best first; never empty. */
  private final List<IrqInfo> kinds = new ArrayList<>();

  /**
   * @param name of the device, for messages
   * @param msix bounds the count of vectors
   */
  VfioInterrupts(Kernel kernel, Handle device, String name, Optional<MsixTable> msix) {
    this.kernel = kernel;
    this.device = device;
    this.name = name;
    for (int index : new int[] {VfioAbi.MSIX_IRQ, VfioAbi.MSI_IRQ, VfioAbi.INTX_IRQ}) {
      IrqInfo info = IrqInfo.of(device, index);
      if (index == VfioAbi.MSIX_IRQ && msix.isPresent()) {
        info = new IrqInfo(index, Math.min(info.count(), msix.get().entries()));
      }
      if (info.count() > 0) {
        kinds.add(info);
      }
    }
    if (kinds.isEmpty()) {
      throw new DeviceException(name + ": the device has no interrupts that VFIO can deliver");
    }
  }

  /** {@code MSI-X}, {@code MSI} or {@code INTx}. */
  String kind() {
    return irq().kind();
  }

  int vectors() {
    return irq().count();
  }

  private IrqInfo irq() {
    return kinds.get(0);
  }

  /**
   * Routes vectors to eventfds.
   *
   * @return as many as asked, or fewer if the machine is short of vectors
   */
  Interrupt[] enable(int count) {
    if (count < 1 || count > vectors()) {
      throw new DeviceException(
          "%s: interrupt vectors: %d, allowed: 1 to %d".formatted(name, count, vectors()));
    }
    if (enabled.size() < count) {
      // The number of messages can only be changed by turning all off.
      disable();
      routeByBestKind(count);
    }
    return enabled.subList(0, Math.min(count, enabled.size())).toArray(new Interrupt[0]);
  }

  private void routeByBestKind(int count) {
    while (true) {
      int vectors = Math.min(count, vectors());
      try {
        route(vectors);
        return;
      } catch (LinuxException e) {
        if (kinds.size() == 1) {
          throw new DeviceException(
              "%s: %d %s vectors cannot be enabled: %s"
                  .formatted(name, vectors, kind(), e.getMessage()),
              e);
        }
        String refused = kinds.remove(0).kind();
        VfioDevice.LOG.warn("{}: no {}, so {}: {}", name, refused, kind(), e.getMessage());
      }
    }
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
    boolean level = irq().index() == VfioAbi.INTX_IRQ;
    eventFds.forEach(e -> enabled.add(new VfioInterrupt(e, device, level)));
  }

  private int trigger(List<EventFd> eventFds) {
    ByteBuffer set =
        irqSet(
            irq().index(),
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
          irqSet(irq().index(), VfioAbi.IRQ_DATA_NONE | VfioAbi.IRQ_ACTION_TRIGGER, 0, 0);
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
