package dev.doorbell.vfio;

/**
 * The IOMMU's bare map and unmap. Calls throw {@link dev.doorbell.linux.LinuxException}; arguments
 * are multiples of the IOMMU's page.
 */
interface DmaPort {
  void map(long address, long iova, long size);

  /** Takes back all mappings that lie in the range. */
  void unmap(long iova, long size);
}
