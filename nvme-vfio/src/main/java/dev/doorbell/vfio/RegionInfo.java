package dev.doorbell.vfio;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A region of a device: a BAR, or the configuration space (VFIO_DEVICE_GET_REGION_INFO).
 *
 * @param size in bytes; 0 if the device has no such region
 * @param fileOffset where it begins in the device's file
 * @param mappable whether it may be mapped at all
 * @param sparse the only areas that may be mapped; empty if the kernel names none
 * @param msixMappable whether pages that hold the MSI-X table may be mapped too
 */
record RegionInfo(
    long size,
    long fileOffset,
    boolean mappable,
    Optional<List<Area>> sparse,
    boolean msixMappable) {
  private static final int AREA_SIZE = 16;

  /** A part of a region, in bytes from its start. */
  record Area(long offset, long size) {
    long end() {
      return offset + size;
    }
  }

  static RegionInfo of(Handle device, int index) {
    ByteBuffer info =
        VfioAbi.query(
            device,
            Ioctl.VFIO_DEVICE_GET_REGION_INFO,
            VfioAbi.REGION_INFO_SIZE,
            VfioAbi.REGION_INDEX,
            index);
    int flags = info.getInt(VfioAbi.FLAGS);
    int first =
        (flags & VfioAbi.REGION_HAS_CAPABILITIES) != 0
            ? info.getInt(VfioAbi.REGION_CAPABILITIES)
            : 0;
    return new RegionInfo(
        info.getLong(VfioAbi.REGION_BYTES),
        info.getLong(VfioAbi.REGION_FILE_OFFSET),
        (flags & VfioAbi.REGION_MAPPABLE) != 0,
        sparse(info, VfioAbi.findCapability(info, first, VfioAbi.REGION_CAP_SPARSE_MMAP)),
        VfioAbi.findCapability(info, first, VfioAbi.REGION_CAP_MSIX_MAPPABLE) >= 0);
  }

  private static Optional<List<Area>> sparse(ByteBuffer info, int at) {
    if (at < 0 || at + VfioAbi.SPARSE_AREAS > info.capacity()) {
      return Optional.empty();
    }
    List<Area> areas = new ArrayList<>();
    int count = info.getInt(at + VfioAbi.SPARSE_COUNT);
    int offset = at + VfioAbi.SPARSE_AREAS;
    for (int i = 0; i < count && offset + AREA_SIZE <= info.capacity(); i++) {
      areas.add(new Area(info.getLong(offset), info.getLong(offset + Long.BYTES)));
      offset += AREA_SIZE;
    }
    return Optional.of(List.copyOf(areas));
  }

  /**
   * The areas to map: what the kernel lets be mapped, without the pages of the MSI-X table.
   *
   * <p>Whoever could write the table could send interrupts to any address, so a kernel without
   * interrupt remapping in mind refuses to map its pages (and says so, if it is 4.16 or newer, by
   * {@code msixMappable}).
   *
   * @param table if it is in this region
   * @param pageSize of the host
   */
  List<Area> mappableAreas(Optional<MsixTable> table, long pageSize) {
    if (!mappable || size <= 0) {
      return List.of();
    }
    List<Area> allowed = sparse.orElseGet(() -> List.of(new Area(0, size)));
    List<Area> areas = new ArrayList<>();
    for (Area area : allowed) {
      if (msixMappable || table.isEmpty()) {
        addWholePages(areas, area.offset(), area.end(), pageSize);
      } else {
        long hole = table.get().offset() & -pageSize;
        long afterHole = table.get().end() + pageSize - 1 & -pageSize;
        addWholePages(areas, area.offset(), Math.min(area.end(), hole), pageSize);
        addWholePages(areas, Math.max(area.offset(), afterHole), area.end(), pageSize);
      }
    }
    return areas;
  }

  private void addWholePages(List<Area> areas, long start, long end, long pageSize) {
    long first = start + pageSize - 1 & -pageSize;
    long last = Math.min(end, size) & -pageSize;
    if (first >= 0 && first < last) {
      areas.add(new Area(first, last - first));
    }
  }
}
