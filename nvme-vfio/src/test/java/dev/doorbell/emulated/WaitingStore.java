package dev.doorbell.emulated;

/** A store of another that can do nothing at once, so that workers do all. */
abstract class WaitingStore implements BlockStore {
  final BlockStore store;

  WaitingStore(BlockStore store) {
    this.store = store;
  }

  @Override
  public final long size() {
    return store.size();
  }

  @Override
  public final boolean readOnly() {
    return false;
  }

  @Override
  public final int tryRead(ScatterList memory, long offset) {
    return WOULD_BLOCK;
  }

  @Override
  public final int tryWrite(ScatterList memory, long offset) {
    return WOULD_BLOCK;
  }

  @Override
  public final int tryFlush() {
    return WOULD_BLOCK;
  }

  @Override
  public int read(ScatterList memory, long offset) {
    return store.read(memory, offset);
  }

  @Override
  public void close() {
    store.close();
  }
}
