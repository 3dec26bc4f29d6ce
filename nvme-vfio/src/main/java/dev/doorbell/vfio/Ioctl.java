package dev.doorbell.vfio;

/** The ioctls of linux/vfio.h that are used; all are numbers without a size, from 3B64h. */
enum Ioctl {
  VFIO_GET_API_VERSION(0),
  VFIO_CHECK_EXTENSION(1),
  VFIO_SET_IOMMU(2),
  VFIO_GROUP_GET_STATUS(3),
  VFIO_GROUP_SET_CONTAINER(4),
  VFIO_GROUP_UNSET_CONTAINER(5),
  VFIO_GROUP_GET_DEVICE_FD(6),
  VFIO_DEVICE_GET_INFO(7),
  VFIO_DEVICE_GET_REGION_INFO(8),
  VFIO_DEVICE_GET_IRQ_INFO(9),
  VFIO_DEVICE_SET_IRQS(10),
  VFIO_DEVICE_RESET(11),
  VFIO_IOMMU_GET_INFO(12),
  VFIO_IOMMU_MAP_DMA(13),
  VFIO_IOMMU_UNMAP_DMA(14);

  /** {@code _IO(';', 100)}. */
  private static final int BASE = ';' << 8 | 100;

  private final int request;

  Ioctl(int number) {
    this.request = BASE + number;
  }

  int request() {
    return request;
  }
}
