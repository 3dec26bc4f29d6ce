package dev.doorbell.dma;

/**
 * Gives a device access to memory: an IOMMU, real or emulated.
 *
 * <p>Mapping is for arenas and queues, at open and close, never for a single command. Safe for use
 * by several threads.
 */
public interface DmaMapper {
  /**
   * Lets the device read and write {@code memory} until {@link #unmap}. The mapper keeps the memory
   * reachable meanwhile.
   *
   * @return the address at which the device sees the first byte (IOVA), page-aligned; the memory is
   *     contiguous in it
   * @throws DmaException if the mapping is refused; the message names the limit that was met
   */
  long map(DmaMemory memory);

  /**
   * Takes the device's access away again. The caller has made sure that the device no longer uses
   * it.
   *
   * @param iova what {@link #map} returned
   * @throws DmaException if nothing is mapped there
   */
  void unmap(long iova);
}
