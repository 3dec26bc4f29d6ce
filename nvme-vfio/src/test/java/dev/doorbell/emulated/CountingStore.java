package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Status;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A store that makes the controller wait, counts flushes, and can be held up and made to fail. */
final class CountingStore extends WaitingStore {
  private final AtomicInteger flushes = new AtomicInteger();
  private final AtomicInteger transfersBegun = new AtomicInteger();
  private final AtomicInteger flushesBegun = new AtomicInteger();
  volatile CountDownLatch transferGate = new CountDownLatch(0);
  volatile CountDownLatch flushGate = new CountDownLatch(0);
  volatile boolean throwing;
  private volatile boolean closed;

  CountingStore(BlockStore store) {
    super(store);
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
    super.close();
  }

  private static void pass(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
