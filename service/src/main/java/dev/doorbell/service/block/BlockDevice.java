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
  private final Holdback held = new Holdback(this);
  private final ZonedDevice zones;
  private final Submission submission;
  private final Completion completion;
  private final int blockMask;

  private boolean writeThrough;

  /** Whether requests have to come by {@link #held}. */
  private boolean gated;

  private long nextOrder;

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
    this.zones = namespace.zoned() == null ? null : new ZonedDevice(this, queue);
    this.blockMask = namespace.blockSize() - 1;
    this.checks = new RequestChecks(namespace);
    this.completion = new Completion(this, held, writes);
    this.submission = new Submission(this, queue, zones, writes);
    namespace.rangeLock().register(this);
    namespace.control().register(this);
  }

  /** Reads {@code length} bytes at {@code offset}, rounded out to blocks on the way. */
  public void read(BlockRequest request, long offset, int length) {
    request.lent = false;
    request.memoryIndex = 0;
    if (admit(request, BlockKind.READ, offset, length, checks.read(offset, length))) {
      submission.startRead(request);
    }
  }

  /**
   * Reads as {@link #read} does, into memory that the front end has and keeps, so that the ranges
   * of one request lie in one buffer.
   *
   * @param buffer of {@link #memory}; stays in use until the request has finished
   * @param index of the first block of the range, a multiple of {@link DmaMemory#PAGE_SIZE}; {@link
   *     #readMemory} bytes are overwritten
   */
  public void readInto(BlockRequest request, long offset, int length, DmaBuffer buffer, int index) {
    request.lent = true;
    request.buffer = buffer;
    request.memoryIndex = index;
    if (admit(request, BlockKind.READ, offset, length, checks.read(offset, length))) {
      submission.start(request);
    }
  }

  /** Bytes of memory that a read overwrites: all of its blocks. */
  public int readMemory(long offset, int length) {
    return roundUp((int) (offset & blockMask) + length);
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
    request.lent = false;
    request.memoryIndex = 0;
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
    request.durable = durable;
    if (admit(request, BlockKind.WRITE, offset, length, checks.write(offset, length))) {
      submission.startWrite(request);
    }
  }

  /**
   * Appends whole blocks to a zone from the request's buffer; {@link BlockRequest#appendedAt} tells
   * where they went.
   *
   * @param length at most {@link BlockNamespace#appendBytes}
   * @param durable whether success means that the bytes survive a loss of power
   */
  public void append(BlockRequest request, int zone, int length, boolean durable) {
    request.durable = durable;
    long offset = zone * namespace.zoneBytes();
    if (admit(request, BlockKind.APPEND, offset, length, checks.append(zone, length))) {
      submission.startAppend(request);
    }
  }

  /**
   * Takes in a management action.
   *
   * @param zone that it is for, or -1 for all
   */
  void manage(ZonedDevice.Action request, int zone) {
    int first = Math.max(0, zone);
    long offset = first * namespace.zoneBytes();
    if (admit(request, BlockKind.ZONE_MANAGEMENT, offset, 0, checks.manage(first))) {
      request.send();
    }
  }

  /** Zone management and reports; null for a conventional namespace. */
  public ZonedDevice zones() {
    return zones;
  }

  /** Makes every write of the namespace that finished before, on any loop, durable. */
  public void flush(BlockRequest request) {
    if (admit(request, BlockKind.FLUSH, 0, 0, checks.flush())) {
      submission.startFlush(request);
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
      submission.startRange(request);
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
    request.durable = durable;
    int refusal = checks.writeZeroes(offset, length, flags);
    if (admit(request, BlockKind.WRITE_ZEROES, offset, length, refusal)) {
      submission.startRange(request);
    }
  }

  /** Has the drive check that blocks can be read. */
  public void verify(BlockRequest request, long offset, long length) {
    if (admit(request, BlockKind.VERIFY, offset, length, checks.verify(offset, length))) {
      submission.startRange(request);
    }
  }

  /**
   * Compares whole blocks with the request's buffer, given by {@link #prepareWrite}; Compare
   * Failure if they differ.
   */
  public void compare(BlockRequest request, long offset, int length) {
    if (admit(request, BlockKind.COMPARE, offset, length, checks.compare(offset, length))) {
      submission.startRange(request);
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
    request.durable = durable;
    long total = 0;
    for (int i = 0; i < count && refusal == 0; i++) {
      total += lengths[i];
    }
    if (admit(request, BlockKind.COPY, to, total, refusal)) {
      submission.startRange(request);
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
    request.durable = durable;
    request.compareAndWrite = new CompareAndWrite(this, request, expected, wanted);
    int refusal = checks.compareAndWrite(offset, wanted.length);
    if (admit(request, BlockKind.COMPARE_AND_WRITE, offset, wanted.length, refusal)) {
      submission.start(request);
    }
  }

  /** Counts a request that the front end has refused itself, for what the namespace is. */
  public void refused(BlockKind kind) {
    counters.add(kind, BlockCounters.Counter.INVALID, 1);
  }

  /** Sends what this turn has gathered; call it every turn, before the doorbell is rung. */
  public void submitPending() {
    submission.submitPending();
  }

  public BlockNamespace namespace() {
    return namespace;
  }

  public BlockCounters counters() {
    return counters;
  }

  /** Requests that have not ended; an estimate when read by another thread. */
  public int active() {
    return completion.active();
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

  /** Whether an acknowledged write is durable, whatever its owner has asked for. */
  boolean writesThrough() {
    return writeThrough;
  }

  /** Those of {@link #active} that queue for a range that others hold. */
  int behindLock() {
    return submission.behindLock();
  }

  /**
   * Why what may change the namespace cannot go to the drive now, and may not wait; 0 if it can.
   */
  int refusesChanges() {
    return checks.readOnly() ? BlockStatus.READ_ONLY : held.refusal();
  }

  // What NamespaceControl tells this loop.

  void apply(BlockSettings settings, RateLimiter limiter) {
    completion.apply(settings);
    submission.merge(settings.merge());
    writeThrough = settings.writeCache() == WriteCacheMode.WRITETHROUGH;
    checks.readOnly(settings.readOnly());
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
    held.drain(whenIdle);
    gateChanged();
  }

  void undrain() {
    held.undrain();
  }

  void abandon() {
    held.abandon();
    gateChanged();
  }

  void flushNow(LoopCommand command) {
    submitPending();
    queue.flush(command, namespace.id());
  }

  void gateChanged() {
    gated = held.needed();
  }

  // What queues of requests, merged commands and read-modify-writes tell of requests.

  /** Sends a request that has been admitted, for the first time or again. */
  void start(BlockRequest request) {
    submission.start(request);
  }

  /** Has a request wait for all of a range, {@link #granted} when it holds it. */
  void queueFor(BlockRequest request, long begin, long end) {
    submission.queueFor(request, begin, end, true);
  }

  /** All commands, on the thread of the queue's owner; null if there are only reads and writes. */
  NamespaceQueue ranges() {
    return submission.ranges();
  }

  /** Sends a request that has waited, if it still fits what the namespace has become. */
  void startAgain(BlockRequest request) {
    int refusal = checks.again(request);
    if (refusal == 0) {
      submission.start(request);
    } else {
      completion.giveUp(request, refusal);
    }
  }

  /** The range lock has let a request in that had to queue. */
  void granted(BlockRequest request) {
    submission.leftLock();
    if (held.closed()) {
      held.putBack(request);
    } else {
      submission.start(request);
    }
  }

  /** A command that the request went into directly has completed. */
  void commandDone(BlockRequest request, int status) {
    completion.commandDone(request, status);
  }

  /** As {@link Completion#keeps}. */
  boolean keeps(BlockRequest request, int status) {
    return completion.keeps(request, status);
  }

  /** As {@link Completion#requestDone}. */
  void requestDone(BlockRequest request, int status) {
    completion.requestDone(request, status);
  }

  /** As {@link Completion#giveUp}. */
  void giveUp(BlockRequest request, int status) {
    completion.giveUp(request, status);
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
    completion.began();
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

  private int roundUp(int bytes) {
    return bytes + blockMask & ~blockMask;
  }
}
