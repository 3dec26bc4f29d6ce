package dev.doorbell.vfio;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/**
 * An IOMMU group this process owns, with the address space it lives in. The kernel lets a group be
 * opened once, so all its devices share this one object.
 */
final class VfioGroup implements AutoCloseable {
  private final Handle handle;
  private final VfioContainer container;
  private final VfioDma dma;

  private VfioGroup(Handle handle, VfioContainer container, VfioDma dma) {
    this.handle = handle;
    this.container = container;
    this.dma = dma;
  }

  /**
   * Takes the group and gives it an address space of its own.
   *
   * @param group as sysfs shows it
   * @throws DeviceException if it cannot be had; then nothing stays open
   */
  static VfioGroup open(Kernel kernel, IommuGroup group, Refusals refusals, OpenFiles files) {
    VfioContainer container =
        opening(refusals, files, () -> VfioContainer.open(kernel, group.noIommu()));
    Handle handle = null;
    try {
      handle = opening(refusals, files, () -> kernel.open(group.devicePath()));
      attach(handle, container, group, refusals);
      IommuInfo info = container.info();
      IovaAllocator allocator = new IovaAllocator(info.usable(), info.pageSize());
      DmaLimits limits = new DmaLimits(kernel::memoryLock);
      VfioDma dma = new VfioDma(container, allocator, limits, info.pageSize());
      VfioDevice.LOG.debug("group {}: {}", group.number(), info);
      return new VfioGroup(handle, container, dma);
    } catch (LinuxException e) {
      close(handle, container);
      throw refusals.failed(e);
    } catch (RuntimeException | Error e) {
      close(handle, container);
      throw e;
    }
  }

  private static <T> T opening(Refusals refusals, OpenFiles files, Supplier<T> open) {
    try {
      return open.get();
    } catch (LinuxException e) {
      throw refusals.cannotOpen(e, files.users(e.subject()));
    }
  }

  private static void attach(
      Handle handle, VfioContainer container, IommuGroup group, Refusals refusals) {
    ByteBuffer status = VfioAbi.struct(VfioAbi.GROUP_STATUS_SIZE);
    handle.ioctl(Ioctl.VFIO_GROUP_GET_STATUS, status);
    if ((status.getInt(VfioAbi.FLAGS) & VfioAbi.GROUP_VIABLE) == 0) {
      throw refusals.notViable(group);
    }
    ByteBuffer fd =
        ByteBuffer.allocateDirect(Integer.BYTES)
            .order(ByteOrder.nativeOrder())
            .putInt(0, container.fd());
    handle.ioctl(Ioctl.VFIO_GROUP_SET_CONTAINER, fd);
    try {
      container.start();
    } catch (LinuxException e) {
      throw refusals.cannotTranslate(e);
    }
  }

  /**
   * Opens a device of the group.
   *
   * @throws LinuxException if the kernel refuses
   */
  Handle openDevice(PciAddress address) {
    return handle.openDevice(address.toString());
  }

  VfioDma dma() {
    return dma;
  }

  /** Ends the address space with all its mappings, then gives the group back; idempotent. */
  @Override
  public void close() {
    close(handle, container);
  }

  private static void close(Handle handle, VfioContainer container) {
    if (handle != null) {
      // Closing the last file of a group takes it out of its container.
      handle.close();
    }
    container.close();
  }
}
