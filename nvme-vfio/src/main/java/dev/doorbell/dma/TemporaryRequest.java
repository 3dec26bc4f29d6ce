package dev.doorbell.dma;

import java.util.Arrays;

/**
 * A request that wants memory of its caller mapped for as long as it lasts. May be used again once
 * it has ended.
 */
public abstract class TemporaryRequest {
  private DmaMemory[] memory = new DmaMemory[1];
  private long[] iova = new long[1];
  private int count;

  /** Forgets the memory, for a new request. */
  public final void clear() {
    Arrays.fill(memory, 0, count, null);
    count = 0;
  }

  /** Adds memory to be mapped, and returns its number for {@link #iova}. */
  public final int add(DmaMemory added) {
    if (count == memory.length) {
      memory = Arrays.copyOf(memory, 2 * count);
      iova = Arrays.copyOf(iova, 2 * count);
    }
    memory[count] = added;
    return count++;
  }

  /** How many pieces of memory were added. */
  public final int count() {
    return count;
  }

  /** Where the device sees the memory of a number, once it is mapped. */
  public final long iova(int number) {
    return iova[number];
  }

  /**
   * The wait is over.
   *
   * @param mapped whether all memory is mapped, until {@link TemporaryMappings#end}; if not, none
   *     is, and the request has to do without
   */
  protected abstract void ready(boolean mapped);

  /** All or nothing; {@link TemporarySpace#NO_ROOM}, {@link TemporarySpace#REFUSED}, or 0. */
  final long mapAll(TemporarySpace space) {
    for (int i = 0; i < count; i++) {
      long at = space.map(memory[i]);
      if (at < 0) {
        return at;
      }
      iova[i] = at;
    }
    return 0;
  }

  final long bytes() {
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      bytes += memory[i].size();
    }
    return bytes;
  }
}
