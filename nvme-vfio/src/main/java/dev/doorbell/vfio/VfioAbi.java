package dev.doorbell.vfio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Structures and numbers of linux/vfio.h, as far as they are used: offsets in bytes, fields in the
 * byte order of the machine. Every structure begins with its size (argsz) and flags, 32 bits each.
 */
final class VfioAbi {
  static final int ARGSZ = 0;
  static final int FLAGS = 4;

  static final int API_VERSION = 0;

  // Kinds of IOMMU, for VFIO_CHECK_EXTENSION and VFIO_SET_IOMMU.
  static final int TYPE1_IOMMU = 1;
  static final int TYPE1_V2_IOMMU = 3;
  static final int NOIOMMU_IOMMU = 8;

  // struct vfio_group_status
  static final int GROUP_STATUS_SIZE = 8;
  static final int GROUP_VIABLE = 1;

  // struct vfio_device_info
  static final int DEVICE_INFO_SIZE = 20;
  static final int DEVICE_REGIONS = 8;
  static final int DEVICE_IRQS = 12;
  static final int DEVICE_RESETTABLE = 1;
  static final int DEVICE_PCI = 2;

  // Regions of a PCI function.
  static final int BAR0_REGION = 0;
  static final int CONFIG_REGION = 7;

  // struct vfio_region_info
  static final int REGION_INFO_SIZE = 32;
  static final int REGION_INDEX = 8;
  static final int REGION_CAPABILITIES = 12;
  static final int REGION_BYTES = 16;
  static final int REGION_FILE_OFFSET = 24;
  static final int REGION_MAPPABLE = 4;
  static final int REGION_HAS_CAPABILITIES = 8;
  static final int REGION_CAP_SPARSE_MMAP = 1;
  static final int REGION_CAP_MSIX_MAPPABLE = 3;
  static final int SPARSE_COUNT = 8;
  static final int SPARSE_AREAS = 16;

  // Interrupts of a PCI function.
  static final int INTX_IRQ = 0;
  static final int MSI_IRQ = 1;
  static final int MSIX_IRQ = 2;

  /** Signalled when the system wants the device back. */
  static final int REQUEST_IRQ = 4;

  // struct vfio_irq_info
  static final int IRQ_INFO_SIZE = 16;
  static final int IRQ_INDEX = 8;
  static final int IRQ_COUNT = 12;
  static final int IRQ_EVENTFD = 1;

  // struct vfio_irq_set
  static final int IRQ_SET_SIZE = 20;
  static final int IRQ_SET_INDEX = 8;
  static final int IRQ_SET_START = 12;
  static final int IRQ_SET_COUNT = 16;
  static final int IRQ_SET_DATA = 20;
  static final int IRQ_DATA_NONE = 1;
  static final int IRQ_DATA_EVENTFD = 4;
  static final int IRQ_ACTION_UNMASK = 16;
  static final int IRQ_ACTION_TRIGGER = 32;

  // struct vfio_iommu_type1_info
  static final int IOMMU_INFO_SIZE = 24;
  static final int IOMMU_PAGE_SIZES = 8;
  static final int IOMMU_CAPABILITIES = 16;
  static final int IOMMU_HAS_PAGE_SIZES = 1;
  static final int IOMMU_HAS_CAPABILITIES = 2;
  static final int IOMMU_CAP_IOVA_RANGE = 1;
  static final int IOMMU_CAP_DMA_AVAILABLE = 3;
  static final int IOVA_RANGE_COUNT = 8;
  static final int IOVA_RANGES = 16;
  static final int DMA_AVAILABLE = 8;

  // struct vfio_iommu_type1_dma_map
  static final int DMA_MAP_SIZE = 32;
  static final int DMA_MAP_ADDRESS = 8;
  static final int DMA_MAP_IOVA = 16;
  static final int DMA_MAP_BYTES = 24;
  static final int DMA_MAP_READ_WRITE = 1 | 2;

  // struct vfio_iommu_type1_dma_unmap
  static final int DMA_UNMAP_SIZE = 24;
  static final int DMA_UNMAP_IOVA = 8;
  static final int DMA_UNMAP_BYTES = 16;

  // struct vfio_info_cap_header, the link of a chain
  private static final int CAP_ID = 0;
  private static final int CAP_NEXT = 4;
  private static final int CAP_HEADER_SIZE = 8;

  private static final int MAX_INFO = 1 << 20;

  private VfioAbi() {}

  /** A zeroed structure whose argsz is set. */
  static ByteBuffer struct(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder()).putInt(ARGSZ, size);
  }

  /**
   * Asks for a structure that may be followed by a chain of capabilities: once for its size, once
   * more with room for all of it.
   *
   * @param index field that says what is asked about, or 0 for none
   */
  static ByteBuffer query(Handle handle, Ioctl call, int size, int index, int value) {
    ByteBuffer info = struct(size);
    while (true) {
      if (index != 0) {
        info.putInt(index, value);
      }
      handle.ioctl(call, info);
      int wanted = info.getInt(ARGSZ);
      if (wanted <= info.capacity() || wanted > MAX_INFO) {
        return info;
      }
      info = struct(wanted);
    }
  }

  /**
   * Finds a capability in the chain of an info structure.
   *
   * @param first offset of the first one, 0 for none
   * @return its offset, or -1; a chain that does not end where it should has none
   */
  static int findCapability(ByteBuffer info, int first, int id) {
    int at = first;
    int links = info.capacity() / CAP_HEADER_SIZE;
    while (at > 0 && at <= info.capacity() - CAP_HEADER_SIZE && links-- > 0) {
      if (info.getShort(at + CAP_ID) == id) {
        return at;
      }
      at = info.getInt(at + CAP_NEXT);
    }
    return -1;
  }
}
