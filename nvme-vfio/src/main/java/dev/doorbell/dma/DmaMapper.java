package dev.doorbell.dma;

/**
 * Gives a device access to memory: an IOMMU, real or emulated.
 *
 * <p>Mapping is for arenas and queues, at open and close; what a single request may map is in a
 * {@link TemporarySpace}. Safe for use by several threads.
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

  /**
   * Room for mappings that live for one request each.
   *
   * @param bytes to be mapped at once, at least 1; it may be less if addresses are short
   * @return the caller closes it; null if there is none
   */
  default TemporarySpace openTemporary(long bytes) {
    return null;
  }
}
