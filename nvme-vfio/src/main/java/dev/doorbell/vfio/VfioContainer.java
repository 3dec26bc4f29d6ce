package dev.doorbell.vfio;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.LinuxException;
import java.nio.ByteBuffer;

/**
 * An address space of the IOMMU (/dev/vfio/vfio). Becomes usable when a group has joined it and
 * {@link #start} chose how to translate. Safe for use by several threads.
 */
final class VfioContainer implements DmaPort, AutoCloseable {
  static final String PATH = "/dev/vfio/vfio";

  private final Handle handle;
  private final int iommu;

  private VfioContainer(Handle handle, int iommu) {
    this.handle = handle;
    this.iommu = iommu;
  }

  /**
   * Opens a new address space.
   *
   * @param noIommu the group is one without an IOMMU
   * @throws DeviceException if this kernel's VFIO is not one to work with
   * @throws LinuxException if the node cannot be opened
   */
  static VfioContainer open(Kernel kernel, boolean noIommu) {
    Handle handle = kernel.open(PATH);
    try {
      int version = handle.ioctl(Ioctl.VFIO_GET_API_VERSION, 0);
      if (version != VfioAbi.API_VERSION) {
        throw new DeviceException(
            "%s speaks version %d of the VFIO interface, this driver version %d"
                .formatted(PATH, version, VfioAbi.API_VERSION));
      }
      return new VfioContainer(handle, choose(handle, noIommu));
    } catch (RuntimeException | Error e) {
      handle.close();
      throw e;
    }
  }

  private static int choose(Handle handle, boolean noIommu) {
    int[] kinds =
        noIommu
            ? new int[] {VfioAbi.NOIOMMU_IOMMU}
            : new int[] {VfioAbi.TYPE1_V2_IOMMU, VfioAbi.TYPE1_IOMMU};
    for (int kind : kinds) {
      if (handle.ioctl(Ioctl.VFIO_CHECK_EXTENSION, kind) > 0) {
        return kind;
      }
    }
    throw new DeviceException(
        "%s offers no IOMMU of %s; run: modprobe %s"
            .formatted(
                PATH,
                noIommu ? "kind no-IOMMU" : "type 1",
                noIommu ? "vfio enable_unsafe_noiommu_mode=1" : "vfio_iommu_type1"));
  }

  int fd() {
    return handle.fd();
  }

  /** Chooses the kind of translation; a group has joined before. */
  void start() {
    handle.ioctl(Ioctl.VFIO_SET_IOMMU, iommu);
  }

  IommuInfo info() {
    return IommuInfo.of(handle);
  }

  /**
   * {@inheritDoc}
   *
   * <p>EBUSY means that the IOMMU holds something there already, left over from another use of the
   * address space: it is taken away, and the mapping tried once more.
   */
  @Override
  public void map(long address, long iova, long size) {
    ByteBuffer map =
        VfioAbi.struct(VfioAbi.DMA_MAP_SIZE)
            .putInt(VfioAbi.FLAGS, VfioAbi.DMA_MAP_READ_WRITE)
            .putLong(VfioAbi.DMA_MAP_ADDRESS, address)
            .putLong(VfioAbi.DMA_MAP_IOVA, iova)
            .putLong(VfioAbi.DMA_MAP_BYTES, size);
    try {
      handle.ioctl(Ioctl.VFIO_IOMMU_MAP_DMA, map);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EBUSY) {
        throw e;
      }
      unmap(iova, size);
      handle.ioctl(Ioctl.VFIO_IOMMU_MAP_DMA, map);
    }
  }

  @Override
  public void unmap(long iova, long size) {
    ByteBuffer unmap =
        VfioAbi.struct(VfioAbi.DMA_UNMAP_SIZE)
            .putLong(VfioAbi.DMA_UNMAP_IOVA, iova)
            .putLong(VfioAbi.DMA_UNMAP_BYTES, size);
    handle.ioctl(Ioctl.VFIO_IOMMU_UNMAP_DMA, unmap);
  }

  /** Ends the address space with all mappings in it; idempotent. */
  @Override
  public void close() {
    handle.close();
  }
}
