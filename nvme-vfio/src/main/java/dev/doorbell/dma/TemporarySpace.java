package dev.doorbell.dma;

/**
 * Room for mappings that come one by one and go all at once, as the requests of one queue need
 * them: taking a mapping back costs a flush of the IOMMU, which so is paid once for many. For one
 * thread, except {@link #close}.
 */
public interface TemporarySpace extends AutoCloseable {
  /** Instead of an address: a limit is met that {@link #unmapAll} may lift. */
  long NO_ROOM = -1;

  /** Instead of an address: this memory cannot be mapped, now or later. */
  long REFUSED = -2;

  /** Bytes that can be mapped at once. */
  long capacity();

  /**
   * Lets the device read and write {@code memory} until {@link #unmapAll}; it stays reachable so
   * long.
   *
   * @return the address at which the device sees the first byte, {@link #NO_ROOM} or {@link
   *     #REFUSED}
   */
  long map(DmaMemory memory);

  /**
   * Takes back all mappings. The caller has made sure that the device uses none of them. If that
   * fails, which is logged, nothing can be mapped here any more.
   */
  void unmapAll();

  /** Takes back all mappings for good; idempotent. {@link #map} finds no room from here on. */
  @Override
  void close();
}
