package dev.doorbell.dma;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;

/**
 * A buffer of a {@link DmaArena}: page-aligned memory that the device can reach, as a Netty buffer.
 *
 * <p>Starts with a reference count of 1 and both indices 0. The last {@link #release()} returns it
 * to its arena, from whatever thread; the device must have finished with it by then, which is the
 * case once the completion of its command arrived. Reading and writing it is for the thread that
 * owns the arena.
 */
public final class DmaBuffer extends UnpooledDirectByteBuf {
  private final DmaArena arena;
  private final long iova;
  private final long address;
  private final int sizeOrder;

  DmaBuffer(DmaArena arena, ByteBuffer memory, long iova, long address, int sizeOrder) {
    super(UnpooledByteBufAllocator.DEFAULT, memory, memory.capacity());
    this.arena = arena;
    this.iova = iova;
    this.address = address;
    this.sizeOrder = sizeOrder;
  }

  /** Where the device sees the first byte; a multiple of {@link DmaMemory#PAGE_SIZE}. */
  public long iova() {
    return iova;
  }

  public DmaArena arena() {
    return arena;
  }

  @Override
  public boolean hasMemoryAddress() {
    return true;
  }

  /** The memory outlives the buffer, so its address is known without asking the platform. */
  @Override
  public long memoryAddress() {
    return address;
  }

  /** The memory is what it is: Netty would move a buffer of another capacity off it. */
  @Override
  public ByteBuf capacity(int newCapacity) {
    if (newCapacity != capacity()) {
      throw new UnsupportedOperationException(
          "capacity " + newCapacity + ", fixed at " + capacity() + ": use a slice");
    }
    return this;
  }

  /** Size as an exponent: the buffer holds {@code PAGE_SIZE << sizeOrder} bytes. */
  int sizeOrder() {
    return sizeOrder;
  }

  /** Makes the buffer new for its next owner. */
  DmaBuffer renew() {
    resetRefCnt();
    setIndex(0, 0);
    return this;
  }

  /** Called by the last release. The memory is the arena's: it is handed back, not freed. */
  @Override
  protected void deallocate() {
    arena.takeBack(this);
  }
}
