package dev.doorbell.vfio;

import java.nio.ByteBuffer;

/**
 * One kind of interrupt of a device (VFIO_DEVICE_GET_IRQ_INFO).
 *
 * @param index INTx, MSI or MSI-X
 * @param count how many there are of it
 */
record IrqInfo(int index, int count) {
  /** Counts 0 where the kernel cannot route the interrupts to eventfds. */
  static IrqInfo of(Handle device, int index) {
    ByteBuffer info = VfioAbi.struct(VfioAbi.IRQ_INFO_SIZE).putInt(VfioAbi.IRQ_INDEX, index);
    device.ioctl(Ioctl.VFIO_DEVICE_GET_IRQ_INFO, info);
    boolean eventfd = (info.getInt(VfioAbi.FLAGS) & VfioAbi.IRQ_EVENTFD) != 0;
    return new IrqInfo(index, eventfd ? info.getInt(VfioAbi.IRQ_COUNT) : 0);
  }

  String kind() {
    return switch (index) {
      case VfioAbi.MSIX_IRQ -> "MSI-X";
      case VfioAbi.MSI_IRQ -> "MSI";
      default -> "INTx";
    };
  }
}
