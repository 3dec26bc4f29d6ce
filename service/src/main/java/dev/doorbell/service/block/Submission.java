package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.queue.NamespaceQueue;

/**
 * How the admitted requests of one loop come to the drive: alone or merged, past the range lock, in
 * memory of the loop's arena. Belongs to the loop's thread; the steady path of aligned requests
 * allocates nothing.
 */
final class Submission {
  private final BlockDevice device;
  private final BlockNamespace namespace;
  private final BlockQueue queue;
  private final MemoryQueue memory;
  private final WritesInFlight writes;
  private final ZonedDevice zones;
  private final TurnBatch batch;
  private final NamespaceQueue ranges;
  private final int blockShift;
  private final int blockMask;
  private boolean merge;
  private RangeOperation freeRange;

  /** Requests that wait for the range lock. */
  private int behindLock;

  Submission(BlockDevice device, BlockQueue queue, ZonedDevice zones, WritesInFlight writes) {
    this.device = device;
    this.namespace = device.namespace();
    this.queue = queue;
    this.memory = device.memory();
    this.writes = writes;
    this.zones = zones;
    this.blockShift = Integer.numberOfTrailingZeros(namespace.blockSize());
    this.blockMask = namespace.blockSize() - 1;
    this.batch = queue.own() == null ? null : new TurnBatch(this, device, queue.own());
    this.ranges =
        namespace.limits() == null ? null : new NamespaceQueue(queue.target(), namespace.limits());
  }

  /** Whether adjacent requests of a turn are to be merged. */
  void merge(boolean wanted) {
    submitPending();
    // To another loop's queue each request goes as a message of its own.
    merge = wanted && batch != null;
  }

  /** Sends what this turn has gathered. */
  void submitPending() {
    if (batch != null) {
      batch.submit();
    }
  }

  /** Sends a request that has been admitted, for the first time or again. */
  void start(BlockRequest request) {
    switch (request.kind) {
      case READ -> {
        if (request.lent) {
          submit(request);
        } else if (request.keptStatus != 0 && request.buffer != null) {
          submitRead(request, request.buffer);
        } else {
          startRead(request);
        }
      }
      case WRITE -> {
        ReadModifyWrite begun = request.readModifyWrite;
        if (begun != null) {
          request.readModifyWrite = null;
          begun.proceed();
        } else if (request.hold != null) {
          submitWrite(request);
        } else {
          startWrite(request);
        }
      }
      case FLUSH -> startFlush(request);
      case APPEND -> startAppend(request);
      case COMPARE_AND_WRITE -> {
        if (request.hold != null) {
          request.compareAndWrite.proceed();
        } else {
          request.compareAndWrite.start();
        }
      }
      case ZONE_MANAGEMENT -> ((ZonedDevice.Action) request).send();
      default -> {
        if (request.hold != null) {
          submitChange(request);
        } else {
          startRange(request);
        }
      }
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
          request.memoryIndex);
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

  void give(RangeOperation operation) {
    operation.nextFree = freeRange;
    freeRange = operation;
  }

  void startRead(BlockRequest request) {
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

  void startWrite(BlockRequest request) {
    RangeLock lock = namespace.rangeLock();
    if (!namespace.aligned(request.offset, request.length)) {
      request.readModifyWrite = new ReadModifyWrite(device, request);
      behindLock++;
      request.readModifyWrite.acquire();
    } else if (lock.idle() || lock.free(request.offset, request.offset + request.length)) {
      submitWrite(request);
    } else {
      queueBehindHolder(request);
    }
  }

  private void submitWrite(BlockRequest request) {
    request.durable |= device.writesThrough();
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

  void startAppend(BlockRequest request) {
    request.durable |= device.writesThrough();
    int zone = (int) (request.offset / namespace.zoneBytes());
    zones.append(request, zone, (int) request.length, request.durable);
  }

  void startFlush(BlockRequest request) {
    submitPending();
    queue.flush(request, namespace.id());
  }

  void startRange(BlockRequest request) {
    if (!request.kind.changesBlocks()) {
      submitRange(request);
      return;
    }
    RangeLock lock = namespace.rangeLock();
    if (lock.idle() || lock.free(request.offset, request.offset + request.length)) {
      submitChange(request);
    } else {
      queueBehindHolder(request);
    }
  }

  private void submitChange(BlockRequest request) {
    request.durable |= device.writesThrough();
    writes.add(request);
    submitRange(request);
  }

  private void submitRange(BlockRequest request) {
    RangeOperation operation = freeRange;
    if (operation == null) {
      operation = new RangeOperation(device, this, ranges);
    } else {
      freeRange = operation.nextFree;
    }
    operation.start(request);
  }

  private void queueBehindHolder(BlockRequest request) {
    queueFor(request, request.offset, request.offset + request.length, false);
  }

  /** Has a request wait for a range; {@code alone} if writes in flight must end first. */
  void queueFor(BlockRequest request, long begin, long end, boolean alone) {
    behindLock++;
    request.hold =
        new RangeLock.Hold(begin, end, alone, device.executor(), () -> device.granted(request));
    namespace.rangeLock().acquire(request.hold);
  }

  /** A request that waited for the range lock has got it. */
  void leftLock() {
    behindLock--;
  }

  NamespaceQueue ranges() {
    return ranges;
  }

  /** Requests that wait for the range lock. */
  int behindLock() {
    return behindLock;
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
      device.requestDone(request, BlockStatus.BUSY);
    }
  }
}
