package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Status;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A store that makes the controller wait, counts flushes, and can be held up and made to fail. */
final class CountingStore implements BlockStore {
  private final BlockStore store;
  private final AtomicInteger flushes = new AtomicInteger();
  private final AtomicInteger transfersBegun = new AtomicInteger();
  private final AtomicInteger flushesBegun = new AtomicInteger();
  volatile CountDownLatch transferGate = new CountDownLatch(0);
  volatile CountDownLatch flushGate = new CountDownLatch(0);
  volatile boolean throwing;
  private volatile boolean closed;

  CountingStore(BlockStore store) {
    this.store = store;
  }

  int flushes() {
    return flushes.get();
  }

  int flushesBegun() {
    return flushesBegun.get();
  }

  int transfersBegun() {
    return transfersBegun.get();
  }

  boolean closed() {
    return closed;
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
    return WOULD_BLOCK;
  }

  @Override
  public int tryWrite(ScatterList memory, long offset) {
    return WOULD_BLOCK;
  }

  @Override
  public int tryFlush() {
    return WOULD_BLOCK;
  }

  @Override
  public int read(ScatterList memory, long offset) {
    transfersBegun.incrementAndGet();
    pass(transferGate);
    return store.read(memory, offset);
  }

  @Override
  public int write(ScatterList memory, long offset) {
    transfersBegun.incrementAndGet();
    pass(transferGate);
    return store.write(memory, offset);
  }

  @Override
  public int flush() {
    flushesBegun.incrementAndGet();
    pass(flushGate);
    if (throwing) {
      throw new IllegalStateException("wanted by a test");
    }
    flushes.incrementAndGet();
    return Status.SUCCESS;
  }

  @Override
  public void close() {
    closed = true;
    store.close();
  }

  private static void pass(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
