package dev.doorbell.service.block;

import dev.doorbell.emulated.BlockStore;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.ScatterList;
import java.util.function.LongPredicate;

/** A medium that fails where a test says so, and forgets what was not flushed when power goes. */
final class FailingStore implements BlockStore {
  private final BlockStore store;
  private volatile LongPredicate readFails = offset -> false;
  private volatile LongPredicate writeFails = offset -> false;
  private volatile int failure;
  private volatile boolean flushesFail;
  int reads;
  int writes;
  int flushes;

  FailingStore(long size) {
    store = new MemoryStore(size);
  }

  /** From now on reads of these offsets end with {@code status}. */
  void failReads(LongPredicate offsets, int status) {
    failure = status;
    readFails = offsets;
  }

  void failWrites(LongPredicate offsets, int status) {
    failure = status;
    writeFails = offsets;
  }

  void failFlushes(int status) {
    failure = status;
    flushesFail = true;
  }

  void cure() {
    flushesFail = false;
    readFails = offset -> false;
    writeFails = offset -> false;
  }

  @Override
  public long size() {
    return store.size();
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public int tryRead(ScatterList memory, long offset) {
    return read(memory, offset);
  }

  @Override
  public int tryWrite(ScatterList memory, long offset) {
    return write(memory, offset);
  }

  @Override
  public int tryFlush() {
    return flush();
  }

  @Override
  public int read(ScatterList memory, long offset) {
    reads++;
    return readFails.test(offset) ? failure : store.read(memory, offset);
  }

  @Override
  public int write(ScatterList memory, long offset) {
    writes++;
    return writeFails.test(offset) ? failure : store.write(memory, offset);
  }

  @Override
  public int flush() {
    flushes++;
    return flushesFail ? failure : store.flush();
  }

  @Override
  public int zero(long offset, long length, boolean deallocate) {
    writes++;
    return writeFails.test(offset) ? failure : store.zero(offset, length, deallocate);
  }

  @Override
  public void close() {
    store.close();
  }
}
