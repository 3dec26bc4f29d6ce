package dev.doorbell.emulated;

import dev.doorbell.linux.AnonymousMemory;
import dev.doorbell.linux.LinuxException;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;

/**
 * A store in memory, gone at close. Takes memory only where it has been written; what was never
 * written reads as zeros.
 */
public final class MemoryStore implements BlockStore {
  private static final int CHUNK_EXPONENT = 30;
  private static final int CHUNK = 1 << CHUNK_EXPONENT;

  private final long size;
  private final AnonymousMemory memory;
  private final ByteBuffer[] chunks;

  /**
   * @param size in bytes, 1 to 2^40
   * @throws LinuxException if the address space does not allow it
   */
  public MemoryStore(long size) {
    if (size <= 0 || size > 1L << 40) {
      throw new IllegalArgumentException("size: " + size + ", allowed: 1 to " + (1L << 40));
    }
    this.size = size;
    this.memory = new AnonymousMemory(size);
    this.chunks = new ByteBuffer[(int) ((size + CHUNK - 1) >>> CHUNK_EXPONENT)];
    for (int i = 0; i < chunks.length; i++) {
      long start = (long) i << CHUNK_EXPONENT;
      chunks[i] = memory.view(start, (int) Math.min(CHUNK, size - start));
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public int tryRead(ScatterList list, long offset) {
    long position = offset;
    for (int i = 0; i < list.count(); i++) {
      int at = list.offset(i);
      int left = list.length(i);
      while (left > 0) {
        int inChunk = (int) position & CHUNK - 1;
        int n = Math.min(left, CHUNK - inChunk);
        list.buffer(i).put(at, chunks[(int) (position >>> CHUNK_EXPONENT)], inChunk, n);
        at += n;
        left -= n;
        position += n;
      }
    }
    return Status.SUCCESS;
  }

  @Override
  public int tryWrite(ScatterList list, long offset) {
    long position = offset;
    for (int i = 0; i < list.count(); i++) {
      int at = list.offset(i);
      int left = list.length(i);
      while (left > 0) {
        int inChunk = (int) position & CHUNK - 1;
        int n = Math.min(left, CHUNK - inChunk);
        chunks[(int) (position >>> CHUNK_EXPONENT)].put(inChunk, list.buffer(i), at, n);
        at += n;
        left -= n;
        position += n;
      }
    }
    return Status.SUCCESS;
  }

  @Override
  public int tryFlush() {
    return Status.SUCCESS;
  }

  @Override
  public int read(ScatterList list, long offset) {
    return tryRead(list, offset);
  }

  @Override
  public int write(ScatterList list, long offset) {
    return tryWrite(list, offset);
  }

  @Override
  public int flush() {
    return Status.SUCCESS;
  }

  @Override
  public int zero(long offset, long length, boolean deallocate) {
    return deallocate && memory.discard(offset, length)
        ? Status.SUCCESS
        : Zeros.write(this, offset, length);
  }

  @Override
  public void release(long offset, long length) {
    memory.discard(offset, length);
  }

  @Override
  public void close() {
    memory.close();
  }
}
