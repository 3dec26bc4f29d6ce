package dev.doorbell.vfio;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * What the IOMMU can map (VFIO_IOMMU_GET_INFO).
 *
 * @param pageSize the smallest page in bytes: alignment of every mapping
 * @param usable addresses that may be mapped, ascending; empty if the kernel does not tell
 * @param mappings how many mappings are left; empty if the kernel does not tell
 */
record IommuInfo(long pageSize, List<IovaRange> usable, OptionalInt mappings) {
  private static final int RANGE_SIZE = 16;

  static IommuInfo of(Handle container) {
    ByteBuffer info =
        VfioAbi.query(container, Ioctl.VFIO_IOMMU_GET_INFO, VfioAbi.IOMMU_INFO_SIZE, 0, 0);
    int flags = info.getInt(VfioAbi.FLAGS);
    long sizes =
        (flags & VfioAbi.IOMMU_HAS_PAGE_SIZES) != 0 ? info.getLong(VfioAbi.IOMMU_PAGE_SIZES) : 0;
    int first =
        (flags & VfioAbi.IOMMU_HAS_CAPABILITIES) != 0 ? info.getInt(VfioAbi.IOMMU_CAPABILITIES) : 0;
    return new IommuInfo(
        Math.max(4096, Long.lowestOneBit(sizes)), ranges(info, first), mappings(info, first));
  }

  private static List<IovaRange> ranges(ByteBuffer info, int first) {
    List<IovaRange> ranges = new ArrayList<>();
    int at = VfioAbi.findCapability(info, first, VfioAbi.IOMMU_CAP_IOVA_RANGE);
    if (at >= 0 && at + VfioAbi.IOVA_RANGES <= info.capacity()) {
      int count = info.getInt(at + VfioAbi.IOVA_RANGE_COUNT);
      int offset = at + VfioAbi.IOVA_RANGES;
      for (int i = 0; i < count && offset + RANGE_SIZE <= info.capacity(); i++) {
        long start = info.getLong(offset);
        long end = info.getLong(offset + Long.BYTES);
        // A range that reaches up to 2^64 is cut off where signed numbers end.
        if (start >= 0) {
          ranges.add(new IovaRange(start, end < 0 ? Long.MAX_VALUE : end));
        }
        offset += RANGE_SIZE;
      }
    }
    return ranges;
  }

  private static OptionalInt mappings(ByteBuffer info, int first) {
    int at = VfioAbi.findCapability(info, first, VfioAbi.IOMMU_CAP_DMA_AVAILABLE);
    return at >= 0 && at + VfioAbi.DMA_AVAILABLE + Integer.BYTES <= info.capacity()
        ? OptionalInt.of(info.getInt(at + VfioAbi.DMA_AVAILABLE))
        : OptionalInt.empty();
  }
}
