package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.queue.NamespaceQueue;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * A namespace as one event loop uses it, on its own queue pair or that of another loop.
 *
 * <p>Every request is checked; what does not fit is refused with one of {@link BlockStatus},
 * counted as invalid, and never reaches the drive. A read or write is at most one {@link
 * BlockNamespace#commandEnd command}; the front end cuts longer ranges. A request may end before
 * the call that brought it returns. Belongs to the loop's thread; the steady path of aligned
 * requests allocates nothing.
 */
public final class BlockDevice implements RangeLock.Loop {
  /** Flag of write zeroes: the space of the blocks may be given back. */
  public static final int FLAG_UNMAP = 1;

  private final BlockNamespace namespace;
  private final BlockQueue queue;
  private final MemoryQueue memory;
  private final Executor executor;
  private final LongSupplier clock;
  private final BlockCounters counters;
  private final WritesInFlight writes = new WritesInFlight();
  private final RequestChecks checks;
  private final TurnBatch batch;
  private final Holdback held = new Holdback(this);
  private final NamespaceQueue ranges;
  private final int blockShift;
  private final ZonedDevice zones;
  private final int blockMask;

  // The settings of the namespace, as this loop goes by them.
  private ErrorPolicy readErrors;
  private ErrorPolicy writeErrors;
  private boolean merge;
  private boolean writeThrough;

  /** Whether requests have to come by {@link #held}. */
  private boolean gated;

  /** Whether somebody waits for the last request to end. */
  private boolean draining;

  private long nextOrder;
  private int active;
  private RangeOperation freeRange;

  /**
   * @param queue that this loop uses
   * @param memory of this loop, in reach of the queue
   * @param executor runs tasks on this loop, in order
   * @param clock nanoseconds, read for every request: once a turn is enough
   */
  public BlockDevice(
      BlockNamespace namespace,
      BlockQueue queue,
      MemoryQueue memory,
      Executor executor,
      LongSupplier clock) {
    this.namespace = namespace;
    this.queue = queue;
    this.memory = memory;
    this.executor = executor;
    this.clock = clock;
    this.counters = new BlockCounters(clock.getAsLong());
    this.blockShift = Integer.numberOfTrailingZeros(namespace.blockSize());
    this.zones = namespace.zoned() == null ? null : new ZonedDevice(namespace, queue, memory);
    this.blockMask = namespace.blockSize() - 1;
    this.checks = new RequestChecks(namespace);
    this.batch = queue.own() == null ? null : new TurnBatch(this, queue.own());
    this.ranges =
        namespace.limits() == null ? null : new NamespaceQueue(queue.target(), namespace.limits());
    namespace.rangeLock().register(this);
    namespace.control().register(this);
  }

  /** Reads {@code length} bytes at {@code offset}, rounded out to blocks on the way. */
  public void read(BlockRequest request, long offset, int length) {
    if (admit(request, BlockKind.READ, offset, length, checks.read(offset, length))) {
      startRead(request);
    }
  }

  /**
   * Bytes of memory that a write needs: its blocks, and if it is unaligned a page each for the
   * blocks at its edges, so that it never has to ask for more while it holds some.
   */
  public int writeMemory(long offset, int length) {
    int lead = (int) (offset & blockMask);
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
    return (int) (offset & blockMask);
  }

  /**
   * Writes {@code length} bytes at {@code offset} from the request's buffer. Unaligned edges are
   * merged with what the blocks hold.
   *
   * @param durable whether success means that the bytes survive a loss of power; in a namespace
   *     that is written through it means so anyway
   */
  public void write(BlockRequest request, long offset, int length, boolean durable) {
    request.durable = durable || writeThrough;
    if (admit(request, BlockKind.WRITE, offset, length, checks.write(offset, length))) {
      startWrite(request);
    }
  }

  /**
   * Appends whole blocks to a zone from the request's buffer; {@link BlockRequest#appendedAt} tells
   * where they went.
   *
   * @param length at most {@link ZonedDevice#appendBytes}
   * @param durable whether success means that the bytes survive a loss of power
   */
  public void append(BlockRequest request, int zone, int length, boolean durable) {
    request.durable = durable || writeThrough;
    if (admit(request, BlockKind.APPEND, zone * namespace.zoneBytes(), length, 0)) {
      startAppend(request);
    }
  }

  /** Zone management and reports; null for a conventional namespace. */
  public ZonedDevice zones() {
    return zones;
  }

  /** Makes every write of the namespace that finished before, on any loop, durable. */
  public void flush(BlockRequest request) {
    if (admit(request, BlockKind.FLUSH, 0, 0, checks.flush())) {
      startFlush(request);
    }
  }

  /**
   * Says that blocks are no longer needed. What they read as afterwards is for the drive to say.
   *
   * @param offsets of the ranges in bytes; this and {@code lengths} must stay as they are until the
   *     request has finished
   * @param count of ranges, 1 to {@link BlockConfiguration#maxDiscardSegments}
   * @param flags must be 0
   */
  public void discard(BlockRequest request, long[] offsets, long[] lengths, int count, int flags) {
    int refusal = checks.discard(offsets, lengths, count, flags);
    long begin = 0;
    long end = 0;
    if (refusal == 0) {
      begin = Long.MAX_VALUE;
      for (int i = 0; i < count; i++) {
        begin = Math.min(begin, offsets[i]);
        end = Math.max(end, offsets[i] + lengths[i]);
      }
    }
    request.ranges = count;
    request.rangeOffsets = offsets;
    request.rangeLengths = lengths;
    if (admit(request, BlockKind.DISCARD, begin, end - begin, refusal)) {
      startRange(request);
    }
  }

  /**
   * Makes blocks read as zeros.
   *
   * @param flags 0 or {@link #FLAG_UNMAP}
   */
  public void writeZeroes(
      BlockRequest request, long offset, long length, int flags, boolean durable) {
    request.mayUnmap = (flags & FLAG_UNMAP) != 0;
    request.durable = durable || writeThrough;
    int refusal = checks.writeZeroes(offset, length, flags);
    if (admit(request, BlockKind.WRITE_ZEROES, offset, length, refusal)) {
      startRange(request);
    }
  }

  /** Has the drive check that blocks can be read. */
  public void verify(BlockRequest request, long offset, long length) {
    if (admit(request, BlockKind.VERIFY, offset, length, checks.verify(offset, length))) {
      startRange(request);
    }
  }

  /**
   * Compares whole blocks with the request's buffer, given by {@link #prepareWrite}; Compare
   * Failure if they differ.
   */
  public void compare(BlockRequest request, long offset, int length) {
    if (admit(request, BlockKind.COMPARE, offset, length, checks.compare(offset, length))) {
      startRange(request);
    }
  }

  /**
   * Copies ranges of whole blocks, one after the other, to {@code to} and on.
   *
   * @param offsets as for {@link #discard}
   * @param count of ranges, 1 to {@link BlockConfiguration#maxCopySegments}
   */
  public void copy(
      BlockRequest request, long[] offsets, long[] lengths, int count, long to, boolean durable) {
    int refusal = checks.copy(offsets, lengths, count, to);
    request.ranges = count;
    request.rangeOffsets = offsets;
    request.rangeLengths = lengths;
    request.durable = durable || writeThrough;
    long total = 0;
    for (int i = 0; i < count && refusal == 0; i++) {
      total += lengths[i];
    }
    if (admit(request, BlockKind.COPY, to, total, refusal)) {
      startRange(request);
    }
  }

  /**
   * Writes bytes where others are expected, as one step for whoever writes through this service.
   * Compare Failure if they differ; then nothing is written, and {@link
   * BlockRequest#firstDifference} tells where.
   *
   * @param expected as long as {@code wanted}; both must stay as they are until the request has
   *     finished
   */
  public void compareAndWrite(
      BlockRequest request, long offset, byte[] expected, byte[] wanted, boolean durable) {
    request.durable = durable || writeThrough;
    request.compareAndWrite = new CompareAndWrite(this, request, expected, wanted, ranges);
    int refusal = checks.compareAndWrite(offset, wanted.length);
    if (admit(request, BlockKind.COMPARE_AND_WRITE, offset, wanted.length, refusal)) {
      request.compareAndWrite.start();
    }
  }

  /** Counts a request that the front end has refused itself, for what the namespace is. */
  public void refused(BlockKind kind) {
    counters.add(kind, BlockCounters.Counter.INVALID, 1);
  }

  /** Sends what this turn has gathered; call it every turn, before the doorbell is rung. */
  public void submitPending() {
    if (batch != null) {
      batch.submit();
    }
  }

  public BlockNamespace namespace() {
    return namespace;
  }

  public BlockCounters counters() {
    return counters;
  }

  /** Requests that have not ended; an estimate when read by another thread. */
  public int active() {
    return active;
  }

  /** Those of {@link #active} that may not go to the drive yet; for any thread. */
  public int waiting() {
    return held.size();
  }

  /** Nanoseconds on the loop's clock. */
  public long now() {
    return clock.getAsLong();
  }

  /** Identifier of the queue pair that this loop uses. */
  public int queueId() {
    return queue.id();
  }

  /** The memory of this loop. */
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

  BlockQueue queue() {
    return queue;
  }

  // What NamespaceControl tells this loop.

  void apply(BlockSettings settings, RateLimiter limiter) {
    readErrors = settings.readErrors();
    writeErrors = settings.writeErrors();
    // To another loop's queue each request goes as a message of its own.
    merge = settings.merge() && batch != null;
    writeThrough = settings.writeCache() == WriteCacheMode.WRITETHROUGH;
    checks.readOnly(settings.readOnly());
    submitPending();
    held.apply(settings, limiter);
  }

  void stop(long number) {
    held.stop(number);
    gateChanged();
  }

  void resume(long number) {
    held.resume(number);
  }

  void drain(Runnable whenIdle) {
    submitPending();
    draining = true;
    held.drain(whenIdle);
    gateChanged();
  }

  void undrain() {
    draining = false;
    held.undrain();
  }

  void abandon() {
    held.abandon();
    gateChanged();
  }

  void gateChanged() {
    gated = held.needed();
  }

  /** Sends a request that has been admitted, for the first time or again. */
  void start(BlockRequest request) {
    switch (request.kind) {
      case READ -> {
        if (request.keptStatus != 0 && request.buffer != null) {
          submitRead(request, request.buffer);
        } else {
          startRead(request);
        }
      }
      case WRITE -> {
        if (request.readModifyWrite != null) {
          ReadModifyWrite again = request.readModifyWrite;
          request.readModifyWrite = null;
          again.retry();
        } else {
          startWrite(request);
        }
      }
      case FLUSH -> startFlush(request);
      case APPEND -> startAppend(request);
      case COMPARE_AND_WRITE -> request.compareAndWrite.start();
      default -> startRange(request);
    }
  }

  /** Sends a read or write as a command of its own. */
  void submitAlone(BlockRequest request) {
    if (request.kind == BlockKind.READ) {
      int lead = (int) (request.offset & blockMask);
      queue.read(
          request,
          namespace.id(),
          request.offset >> blockShift,
          roundUp(lead + (int) request.length) >> blockShift,
          namespace.blockSize(),
          request.buffer,
          0);
    } else {
      queue.write(
          request,
          namespace.id(),
          request.offset >> blockShift,
          (int) (request.length >> blockShift),
          namespace.blockSize(),
          request.buffer,
          0,
          request.durable);
    }
  }

  /** A command that the request went into directly has completed. */
  void commandDone(BlockRequest request, int status) {
    if (request.kind.changesBlocks()) {
      writes.remove(request);
      RangeLock.Hold hold = request.hold;
      if (hold != null) {
        request.hold = null;
        namespace.rangeLock().release(hold);
      }
    }
    if (!keeps(request, status)) {
      requestDone(request, status);
    }
  }

  /** Whether a failure stops the namespace; then the request is kept, to be started again. */
  boolean keeps(BlockRequest request, int status) {
    if (status == 0 || action(request, status) != ErrorPolicy.STOP) {
      return false;
    }
    held.keep(request, status);
    held.stop(namespace.control().stop(request, status));
    gateChanged();
    if (draining) {
      held.checkIdle();
    }
    return true;
  }

  /** The request is done: accounts for it and tells its owner. */
  void requestDone(BlockRequest request, int status) {
    if (status == 0) {
      succeeded(request);
    } else if (action(request, status) == ErrorPolicy.IGNORE) {
      if (request.kind == BlockKind.READ) {
        // Never what the memory held before: that was another client's.
        request.buffer.setZero(0, request.buffer.capacity());
      }
      succeeded(request);
    } else {
      boolean busy = status == BlockStatus.BUSY || status == BlockStatus.STOPPED;
      counters.add(
          request.kind, busy ? BlockCounters.Counter.BUSY : BlockCounters.Counter.FAILED, 1);
      if (request.kind == BlockKind.READ) {
        request.releaseBuffer();
      }
      finish(request, clock.getAsLong(), status);
    }
  }

  /** Ends a request that waited, or has found no place to. */
  void giveUp(BlockRequest request, int status) {
    ReadModifyWrite kept = request.readModifyWrite;
    if (kept != null) {
      request.readModifyWrite = null;
      kept.letGo();
    }
    counters.add(
        request.kind,
        BlockStatus.ofLayer(status) ? BlockCounters.Counter.BUSY : BlockCounters.Counter.FAILED,
        1);
    if (request.kind == BlockKind.READ) {
      request.releaseBuffer();
    }
    finish(request, clock.getAsLong(), status);
  }

  void give(RangeOperation operation) {
    operation.nextFree = freeRange;
    freeRange = operation;
  }

  static int scratchOffset(int roundedLength) {
    return DmaMemory.roundUpToPage(roundedLength);
  }

  /** Takes a request in; false if it has been refused, or waits. */
  private boolean admit(
      BlockRequest request, BlockKind kind, long offset, long length, int refusal) {
    request.device = this;
    request.kind = kind;
    request.offset = offset;
    request.length = length;
    request.order = nextOrder++;
    request.keptStatus = 0;
    request.started = clock.getAsLong();
    if (refusal != 0) {
      counters.add(kind, BlockCounters.Counter.INVALID, 1);
      counters.ended(request.started);
      request.finished(refusal);
      return false;
    }
    active++;
    if (!namespace.aligned(offset, length)) {
      counters.add(kind, BlockCounters.Counter.UNALIGNED, 1);
    }
    if (gated) {
      held.take(request);
      gateChanged();
      return false;
    }
    return true;
  }

  private void succeeded(BlockRequest request) {
    BlockKind kind = request.kind;
    long now = clock.getAsLong();
    counters.add(kind, BlockCounters.Counter.DONE, 1);
    counters.add(kind, BlockCounters.Counter.BYTES, bytesOf(request));
    counters.latency(kind).record(now - request.started);
    if (kind == BlockKind.APPEND) {
      zones.counters().appended((int) request.length);
    }
    finish(request, now, 0);
  }

  private void finish(BlockRequest request, long now, int status) {
    active--;
    counters.ended(now);
    request.finished(status);
    if (draining) {
      held.checkIdle();
    }
  }

  private static long bytesOf(BlockRequest request) {
    if (request.kind != BlockKind.DISCARD) {
      return request.length;
    }
    long bytes = 0;
    for (int i = 0; i < request.ranges; i++) {
      bytes += request.rangeLengths[i];
    }
    return bytes;
  }

  private ErrorPolicy action(BlockRequest request, int status) {
    if (BlockStatus.ofLayer(status)) {
      return ErrorPolicy.REPORT;
    }
    return (request.kind.reads() ? readErrors : writeErrors).actionFor(status);
  }

  private void startRead(BlockRequest request) {
    int bytes = roundUp((int) (request.offset & blockMask) + (int) request.length);
    DmaBuffer buffer = memory.allocate(bytes);
    if (buffer == null) {
      memory.await(new ReadWaiter(request, bytes));
      return;
    }
    submitRead(request, buffer);
  }

  private void submitRead(BlockRequest request, DmaBuffer buffer) {
    int lead = (int) (request.offset & blockMask);
    request.buffer = buffer;
    buffer.setIndex(lead, lead + (int) request.length);
    submit(request);
  }

  private void startWrite(BlockRequest request) {
    RangeLock lock = namespace.rangeLock();
    if (!namespace.aligned(request.offset, request.length)) {
      new ReadModifyWrite(this, request).start();
    } else if (lock.idle() || lock.free(request.offset, request.offset + request.length)) {
      submitWrite(request);
    } else {
      queueBehindHolder(request, () -> submitWrite(request));
    }
  }

  private void submitWrite(BlockRequest request) {
    // From here on a read-modify-write waits for it, though it may go only at the end of the turn.
    writes.add(request);
    submit(request);
  }

  private void submit(BlockRequest request) {
    if (merge) {
      batch.add(request);
    } else {
      submitAlone(request);
    }
  }

  private void startAppend(BlockRequest request) {
    int zone = (int) (request.offset / namespace.zoneBytes());
    zones.append(request, zone, (int) request.length, request.durable);
  }

  private void startFlush(BlockRequest request) {
    submitPending();
    queue.flush(request, namespace.id());
  }

  private void startRange(BlockRequest request) {
    if (!request.kind.changesBlocks()) {
      submitRange(request);
      return;
    }
    RangeLock lock = namespace.rangeLock();
    if (lock.idle() || lock.free(request.offset, request.offset + request.length)) {
      submitChange(request);
    } else {
      queueBehindHolder(request, () -> submitChange(request));
    }
  }

  private void submitChange(BlockRequest request) {
    writes.add(request);
    submitRange(request);
  }

  private void submitRange(BlockRequest request) {
    RangeOperation operation = freeRange;
    if (operation == null) {
      operation = new RangeOperation(this, ranges);
    } else {
      freeRange = operation.nextFree;
    }
    operation.start(request);
  }

  private void queueBehindHolder(BlockRequest request, Runnable then) {
    request.hold =
        new RangeLock.Hold(request.offset, request.offset + request.length, false, executor, then);
    namespace.rangeLock().acquire(request.hold);
  }

  private int roundUp(int bytes) {
    return bytes + blockMask & ~blockMask;
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
      requestDone(request, BlockStatus.BUSY);
    }
  }
}
