package dev.doorbell.emulated;

/**
 * One queue's access to host memory, with the last region found remembered. Guarded by the lock of
 * the queue, so that queues do not contend.
 */
final class DmaWindow {
  private final EmulatedIommu iommu;
  private IommuRegion[] regions;
  private IommuRegion last = IommuRegion.NONE;

  DmaWindow(EmulatedIommu iommu) {
    this.iommu = iommu;
    this.regions = iommu.regions();
  }

  /** Takes in what has been mapped and unmapped; once per batch of commands. */
  void refresh() {
    IommuRegion[] current = iommu.regions();
    if (current != regions) {
      regions = current;
      last = IommuRegion.NONE;
    }
  }

  /**
   * The region that holds all {@code length} bytes from {@code start}, or null.
   *
   * @param length in bytes, positive
   */
  IommuRegion find(long start, int length) {
    IommuRegion region = last;
    if (region.contains(start, length)) {
      return region;
    }
    region = EmulatedIommu.find(regions, start, length);
    if (region != null) {
      last = region;
    }
    return region;
  }
}
