package dev.doorbell.emulated;

import dev.doorbell.dma.DmaMemory;
import java.nio.ByteBuffer;

/** Memory of the host at its place in the device's address space. */
final class IommuRegion {
  /** Where nothing is mapped: contains no address. */
  static final IommuRegion NONE = new IommuRegion();

  final long iova;
  final int size;
  final ByteBuffer buffer;
  final long address;

  /** Kept so that the memory stays reachable. */
  final DmaMemory memory;

  private volatile boolean unmapped;

  IommuRegion(long iova, DmaMemory memory) {
    this.iova = iova;
    this.size = memory.size();
    this.buffer = memory.buffer();
    this.address = memory.address();
    this.memory = memory;
  }

  private IommuRegion() {
    this.iova = 0;
    this.size = 0;
    this.buffer = ByteBuffer.allocate(0);
    this.address = 0;
    this.memory = null;
  }

  /**
   * Whether all {@code length} bytes from {@code start} lie in here; {@code length} is positive.
   */
  boolean contains(long start, int length) {
    long offset = start - iova;
    return offset >= 0 && offset <= size - length;
  }

  /** Offset of {@code start}, which is contained, in {@link #buffer}. */
  int offset(long start) {
    return (int) (start - iova);
  }

  boolean mapped() {
    return !unmapped;
  }

  void markUnmapped() {
    unmapped = true;
  }
}
