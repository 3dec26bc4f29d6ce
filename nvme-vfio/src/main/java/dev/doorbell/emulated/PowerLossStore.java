package dev.doorbell.emulated;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * A store that can lose what was written and not flushed, as a drive with a volatile write cache
 * does when power fails. Before a block is overwritten for the first time since the last flush, its
 * durable content is kept.
 *
 * <p>For fault injection: it makes one transfer at a time, and reads before it writes.
 */
public final class PowerLossStore implements BlockStore {
  /** Bytes of one command whose old content is kept. */
  private static final long MOST_KEPT = 64 << 20;

  private final BlockStore store;
  private final int blockSize;

  /** Durable content of the blocks written since the last flush, by block number. */
  private final Map<Long, byte[]> undo = new LinkedHashMap<>();

  private final Deque<byte[]> spare = new ArrayDeque<>();
  private final ScatterList block = new ScatterList();
  private final DmaMemory scratch;
  private long lastFirst;
  private long lastCount;

  /**
   * @param store is closed with this one
   * @param blockSize logical block size in bytes
   */
  public PowerLossStore(BlockStore store, int blockSize) {
    this.store = store;
    this.blockSize = blockSize;
    this.scratch = DmaMemory.allocate(blockSize);
    block.add(scratch.buffer(), scratch.address(), 0, blockSize);
  }

  /**
   * Loses what was not flushed. Of the last write, if it was not, some first blocks, none or all
   * may have reached the medium.
   */
  synchronized void losePower(Random random) {
    long kept = lastCount == 0 ? 0 : random.nextInt((int) lastCount + 1);
    int status = Status.SUCCESS;
    for (Map.Entry<Long, byte[]> each : undo.entrySet()) {
      long number = each.getKey();
      if (number >= lastFirst && number < lastFirst + kept) {
        continue;
      }
      scratch.buffer().put(0, each.getValue());
      status |= store.write(block, number * blockSize);
    }
    status |= store.flush();
    if (status != Status.SUCCESS) {
      throw new IllegalStateException(
          "the store could not be taken back to its durable content: " + Status.name(status));
    }
    forget();
  }

  @Override
  public long size() {
    return store.size();
  }

  @Override
  public boolean readOnly() {
    return store.readOnly();
  }

  @Override
  public synchronized int tryRead(ScatterList memory, long offset) {
    return store.tryRead(memory, offset);
  }

  @Override
  public synchronized int tryWrite(ScatterList memory, long offset) {
    int status = keep(offset, memory.bytes(), false);
    return status == Status.SUCCESS ? store.tryWrite(memory, offset) : status;
  }

  @Override
  public synchronized int tryFlush() {
    return flushed(store.tryFlush());
  }

  @Override
  public synchronized int read(ScatterList memory, long offset) {
    return store.read(memory, offset);
  }

  @Override
  public synchronized int write(ScatterList memory, long offset) {
    int status = keep(offset, memory.bytes(), true);
    return status == Status.SUCCESS ? store.write(memory, offset) : status;
  }

  @Override
  public synchronized int flush() {
    return flushed(store.flush());
  }

  /** More than {@link #MOST_KEPT} bytes are durable at once, which is more than was promised. */
  @Override
  public synchronized int zero(long offset, long length, boolean deallocate) {
    if (length > MOST_KEPT) {
      int status = store.zero(offset, length, deallocate);
      return status == Status.SUCCESS ? flushed(store.flush()) : status;
    }
    int status = keep(offset, length, true);
    return status == Status.SUCCESS ? store.zero(offset, length, deallocate) : status;
  }

  /** Not undone: what is nobody's has no content that could be lost. */
  @Override
  public synchronized void release(long offset, long length) {
    store.release(offset, length);
  }

  @Override
  public synchronized void close() {
    forget();
    store.close();
  }

  private int keep(long offset, long bytes, boolean mayWait) {
    long first = offset / blockSize;
    long count = bytes / blockSize;
    for (long number = first; number < first + count; number++) {
      if (!undo.containsKey(number)) {
        int status =
            mayWait
                ? store.read(block, number * blockSize)
                : store.tryRead(block, number * blockSize);
        if (status != Status.SUCCESS) {
          return status;
        }
        byte[] content = spare.isEmpty() ? new byte[blockSize] : spare.pop();
        scratch.buffer().get(0, content);
        undo.put(number, content);
      }
    }
    lastFirst = first;
    lastCount = count;
    return Status.SUCCESS;
  }

  private int flushed(int status) {
    if (status == Status.SUCCESS) {
      forget();
    }
    return status;
  }

  private void forget() {
    for (byte[] content : undo.values()) {
      if (spare.size() < 1024) {
        spare.push(content);
      }
    }
    undo.clear();
    lastCount = 0;
  }
}
