package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.spec.Status;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * A namespace as one event loop uses it, on the loop's own queue pair.
 *
 * <p>A request is at most one {@link BlockNamespace#commandEnd command}; the front end cuts longer
 * ranges. Ranges lie within the capacity: the front end has checked them at its border. Belongs to
 * the loop's thread; the steady path of aligned requests allocates nothing.
 */
public final class BlockDevice implements RangeLock.Loop {
  private final BlockNamespace namespace;
  private final IoQueue queue;
  private final MemoryQueue memory;
  private final Executor executor;
  private final LongSupplier clock;
  private final BlockCounters counters = new BlockCounters();
  private final WritesInFlight writes = new WritesInFlight();
  private final int blockShift;

  /**
   * @param queue of this loop
   * @param memory of this loop's queue
   * @param executor runs tasks on this loop
   * @param clock nanoseconds, read for every request: once a turn is enough
   */
  public BlockDevice(
      BlockNamespace namespace,
      IoQueue queue,
      MemoryQueue memory,
      Executor executor,
      LongSupplier clock) {
    this.namespace = namespace;
    this.queue = queue;
    this.memory = memory;
    this.executor = executor;
    this.clock = clock;
    this.blockShift = Integer.numberOfTrailingZeros(namespace.blockSize());
    namespace.rangeLock().register(this);
  }

  /** Reads {@code length} bytes at {@code offset}, rounded out to blocks on the way. */
  public void read(BlockRequest request, long offset, int length) {
    begin(request, BlockKind.READ, offset, length);
    int lead = (int) (offset & namespace.blockSize() - 1);
    DmaBuffer buffer = memory.allocate(roundUp(lead + length));
    if (buffer == null) {
      memory.await(new ReadWaiter(request, roundUp(lead + length)));
      return;
    }
    submitRead(request, buffer);
  }

  /**
   * Bytes of memory that a write needs: its blocks, and if it is unaligned a page each for the
   * blocks at its edges, so that it never has to ask for more while it holds some.
   */
  public int writeMemory(long offset, int length) {
    int lead = (int) (offset & namespace.blockSize() - 1);
    int rounded = roundUp(lead + length);
    return namespace.aligned(offset, length)
        ? rounded
        : scratchOffset(rounded) + DmaMemory.PAGE_SIZE;
  }

  /** What {@link #writeMemory} may come to for at most {@code length} bytes, wherever they end. */
  public int mostWriteMemory(int length) {
    return scratchOffset(roundUp(length + namespace.blockSize())) + DmaMemory.PAGE_SIZE;
  }

  /**
   * Gives a request the memory it is to be written from, of {@link #writeMemory} bytes. The first
   * byte of the range belongs at the returned index of the buffer.
   */
  public int prepareWrite(BlockRequest request, long offset, DmaBuffer buffer) {
    request.buffer = buffer;
    return (int) (offset & namespace.blockSize() - 1);
  }

  /**
   * Writes {@code length} bytes at {@code offset} from the request's buffer. Unaligned edges are
   * merged with what the blocks hold.
   *
   * @param durable whether success means that the bytes survive a loss of power
   */
  public void write(BlockRequest request, long offset, int length, boolean durable) {
    begin(request, BlockKind.WRITE, offset, length);
    request.durable = durable;
    RangeLock lock = namespace.rangeLock();
    if (!namespace.aligned(offset, length)) {
      new ReadModifyWrite(this, request).start();
    } else if (lock.idle() || lock.free(offset, offset + length)) {
      submitWrite(request);
    } else {
      request.hold =
          new RangeLock.Hold(offset, offset + length, false, executor, () -> submitWrite(request));
      lock.acquire(request.hold);
    }
  }

  /** Makes every write of the namespace that finished before, on any loop, durable. */
  public void flush(BlockRequest request) {
    begin(request, BlockKind.FLUSH, 0, 0);
    queue.flush(request, namespace.id());
  }

  public BlockNamespace namespace() {
    return namespace;
  }

  public BlockCounters counters() {
    return counters;
  }

  /** Identifier of this loop's queue pair. */
  public int queueId() {
    return queue.id();
  }

  /** The memory of this loop's queue. */
  public MemoryQueue memory() {
    return memory;
  }

  @Override
  public Executor executor() {
    return executor;
  }

  @Override
  public void whenWritesDone(long begin, long end, Runnable done) {
    writes.whenDone(begin, end, done);
  }

  IoQueue queue() {
    return queue;
  }

  /** A command that the request went into directly has completed. */
  void commandDone(BlockRequest request, int status) {
    if (request.kind == BlockKind.WRITE) {
      writes.remove(request);
      RangeLock.Hold hold = request.hold;
      if (hold != null) {
        request.hold = null;
        namespace.rangeLock().release(hold);
      }
    }
    requestDone(request, status);
  }

  /** The request is done: accounts for it and tells its owner. */
  void requestDone(BlockRequest request, int status) {
    BlockKind kind = request.kind;
    if (Status.isError(status)) {
      counters.add(kind, BlockCounters.Counter.FAILED, 1);
    } else {
      counters.add(kind, BlockCounters.Counter.DONE, 1);
      counters.add(kind, BlockCounters.Counter.BYTES, request.length);
      counters.latency(kind).record(clock.getAsLong() - request.started);
    }
    if (kind == BlockKind.READ && status != 0) {
      request.releaseBuffer();
    }
    request.finished(status);
  }

  static int scratchOffset(int roundedLength) {
    return DmaMemory.roundUpToPage(roundedLength);
  }

  private void begin(BlockRequest request, BlockKind kind, long offset, int length) {
    request.device = this;
    request.kind = kind;
    request.offset = offset;
    request.length = length;
    request.started = clock.getAsLong();
    if (!namespace.aligned(offset, length)) {
      counters.add(kind, BlockCounters.Counter.UNALIGNED, 1);
    }
  }

  private void submitRead(BlockRequest request, DmaBuffer buffer) {
    int lead = (int) (request.offset & namespace.blockSize() - 1);
    int blocks = roundUp(lead + request.length) >> blockShift;
    request.buffer = buffer;
    buffer.setIndex(lead, lead + request.length);
    queue.read(
        request,
        namespace.id(),
        request.offset >> blockShift,
        blocks,
        namespace.blockSize(),
        buffer,
        0);
  }

  private void submitWrite(BlockRequest request) {
    writes.add(request);
    queue.write(
        request,
        namespace.id(),
        request.offset >> blockShift,
        request.length >> blockShift,
        namespace.blockSize(),
        request.buffer,
        0,
        request.durable);
  }

  private int roundUp(int bytes) {
    return bytes + namespace.blockSize() - 1 & -namespace.blockSize();
  }

  /** A read that waits for memory; off the steady path. */
  private final class ReadWaiter implements MemoryQueue.Waiter {
    private final BlockRequest request;
    private final int bytes;

    ReadWaiter(BlockRequest request, int bytes) {
      this.request = request;
      this.bytes = bytes;
    }

    @Override
    public int bytesWanted() {
      return bytes;
    }

    @Override
    public void memoryArrived(DmaBuffer buffer) {
      submitRead(request, buffer);
    }

    @Override
    public void memoryTimedOut() {
      counters.add(BlockKind.READ, BlockCounters.Counter.BUSY, 1);
      request.finished(BlockRequest.BUSY);
    }
  }
}
