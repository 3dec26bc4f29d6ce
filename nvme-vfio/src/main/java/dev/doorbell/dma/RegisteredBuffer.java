package dev.doorbell.dma;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;

/**
 * Memory of the caller that a device reaches until {@link #unregister}, as a Netty buffer:
 * transfers to and from it are not copied.
 *
 * <p>The caller keeps commands away from it before unregistering: the device must have finished
 * with it. Releasing the buffer does not unregister it. For any thread, as far as its bytes are not
 * shared.
 */
public final class RegisteredBuffer extends UnpooledDirectByteBuf {
  private final DmaMapper mapper;
  private final long iova;
  private volatile boolean registered = true;

  private RegisteredBuffer(DmaMapper mapper, DmaMemory memory, long iova) {
    super(UnpooledByteBufAllocator.DEFAULT, memory.buffer().duplicate(), memory.size());
    this.mapper = mapper;
    this.iova = iova;
    writerIndex(memory.size());
  }

  /**
   * Maps memory of the caller.
   *
   * @param buffer direct; its capacity and the address of its first byte are multiples of {@link
   *     DmaMemory#PAGE_SIZE}
   * @throws IllegalArgumentException if it is not so
   * @throws DmaException if the mapping is refused
   */
  public static RegisteredBuffer register(DmaMapper mapper, ByteBuffer buffer) {
    DmaMemory memory = DmaMemory.of(buffer);
    return new RegisteredBuffer(mapper, memory, mapper.map(memory));
  }

  /** Where a device of {@code other} sees byte {@code index}, or -1 if it does not. */
  public long iova(DmaMapper other, int index) {
    return registered && other == mapper ? iova + index : -1;
  }

  /** Takes the device's access away; idempotent. No command uses the memory any more. */
  public synchronized void unregister() {
    if (registered) {
      registered = false;
      mapper.unmap(iova);
    }
  }

  /** The memory is the caller's. */
  @Override
  protected void deallocate() {
    // Neither freed nor unregistered here: other views of the memory may be in use.
  }
}
