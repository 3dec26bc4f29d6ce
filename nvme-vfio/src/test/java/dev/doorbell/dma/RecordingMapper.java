package dev.doorbell.dma;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/** An IOMMU for tests: hands out addresses, finds memory by address, and counts. */
public final class RecordingMapper implements DmaMapper {
  private static final long FIRST_IOVA = 0x7_0000_0000L;

  private final TreeMap<Long, DmaMemory> mapped = new TreeMap<>();
  private final long gap;
  private long next = FIRST_IOVA;
  private int maps;
  private int refuseFrom = Integer.MAX_VALUE;
  private boolean refuseUnmap;

  public RecordingMapper() {
    this(1 << 20);
  }

  /**
   * @param gap alignment of the addresses handed out, in bytes
   */
  public RecordingMapper(long gap) {
    this.gap = gap;
  }

  /** Refuses the {@code n}-th mapping, from 0, and all after it. */
  public void refuseFrom(int n) {
    refuseFrom = n;
  }

  public void refuseUnmap(boolean refuse) {
    refuseUnmap = refuse;
  }

  @Override
  public long map(DmaMemory memory) {
    if (maps >= refuseFrom) {
      throw new DmaException("no room for mapping " + maps);
    }
    maps++;
    long iova = next;
    mapped.put(iova, memory);
    next += (memory.size() + gap - 1) / gap * gap;
    return iova;
  }

  @Override
  public void unmap(long iova) {
    if (refuseUnmap) {
      throw new DmaException("unmap refused: 0x" + Long.toHexString(iova));
    }
    if (mapped.remove(iova) == null) {
      throw new DmaException("not mapped: 0x" + Long.toHexString(iova));
    }
  }

  /** Mappings made so far. */
  public int maps() {
    return maps;
  }

  /** Mappings that are there now. */
  public int mapped() {
    return mapped.size();
  }

  /** The memory from {@code iova} on, little-endian, to the end of its mapping. */
  public ByteBuffer at(long iova) {
    Map.Entry<Long, DmaMemory> entry = mapped.floorEntry(iova);
    if (entry == null || iova - entry.getKey() >= entry.getValue().size()) {
      throw new AssertionError("the device touched unmapped 0x" + Long.toHexString(iova));
    }
    int offset = (int) (iova - entry.getKey());
    DmaMemory memory = entry.getValue();
    return memory.buffer().slice(offset, memory.size() - offset).order(ByteOrder.LITTLE_ENDIAN);
  }
}
