package dev.doorbell.service.block;

import dev.doorbell.service.block.BlockCounters.Counter;

/**
 * How the requests of one loop end: by the error policy they are reported, taken for successes or
 * kept; what became of them is accounted, and their owner told. Belongs to the loop's thread.
 */
final class Completion {
  private final BlockDevice device;
  private final Holdback held;
  private final WritesInFlight writes;
  private final RangeLock lock;
  private final BlockCounters counters;
  private ErrorPolicy readErrors;
  private ErrorPolicy writeErrors;

  /** Requests that have been admitted and have not ended. */
  private int active;

  Completion(BlockDevice device, Holdback held, WritesInFlight writes) {
    this.device = device;
    this.held = held;
    this.writes = writes;
    this.lock = device.namespace().rangeLock();
    this.counters = device.counters();
  }

  void apply(BlockSettings settings) {
    readErrors = settings.readErrors();
    writeErrors = settings.writeErrors();
  }

  int active() {
    return active;
  }

  /** A request has been admitted. */
  void began() {
    active++;
  }

  /** A command that the request went into directly has completed. */
  void commandDone(BlockRequest request, int status) {
    if (request.kind.changesBlocks()) {
      writes.remove(request);
      RangeLock.Hold hold = request.hold;
      if (hold != null) {
        request.hold = null;
        lock.release(hold);
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
    held.stop(device.namespace().control().stop(request, status));
    device.gateChanged();
    held.checkIdle();
    return true;
  }

  /** The request is done: accounts for it and tells its owner. */
  void requestDone(BlockRequest request, int status) {
    if (status == 0) {
      if (!request.durable && device.writesThrough() && request.kind.writesData()) {
        new LateFlush(request).start();
      } else {
        succeeded(request);
      }
    } else if (action(request, status) == ErrorPolicy.IGNORE) {
      if (request.kind == BlockKind.READ) {
        // Never what the memory held before: that was another client's.
        request.buffer.setZero(
            request.memoryIndex, device.readMemory(request.offset, (int) request.length));
      }
      succeeded(request);
    } else {
      failed(request, status);
    }
  }

  /** Ends a request that waited, or has found no place to. */
  void giveUp(BlockRequest request, int status) {
    ReadModifyWrite kept = request.readModifyWrite;
    if (kept != null) {
      request.readModifyWrite = null;
      kept.letGo();
    }
    if (request.compareAndWrite != null) {
      request.compareAndWrite.letGo();
    }
    RangeLock.Hold hold = request.hold;
    if (hold != null) {
      request.hold = null;
      lock.release(hold);
    }
    failed(request, status);
  }

  private void succeeded(BlockRequest request) {
    BlockKind kind = request.kind;
    long now = device.now();
    counters.add(kind, Counter.DONE, 1);
    counters.add(kind, Counter.BYTES, bytesOf(request));
    counters.latency(kind).record(now - request.started);
    if (kind == BlockKind.APPEND) {
      device.zones().counters().appended((int) request.length);
    }
    finish(request, now, 0);
  }

  private void failed(BlockRequest request, int status) {
    counters.count(request.kind, status);
    if (request.kind == BlockKind.READ) {
      request.releaseBuffer();
    }
    finish(request, device.now(), status);
  }

  private void finish(BlockRequest request, long now, int status) {
    active--;
    counters.ended(now);
    request.finished(status);
    held.checkIdle();
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
    return (request.kind.reads() ? readErrors : writeErrors).actionFor(request.kind, status);
  }

  /**
   * Makes a write durable that went out before the namespace came to be written through and has
   * ended since. Off the steady path.
   */
  private final class LateFlush extends LoopCommand {
    private final BlockRequest request;

    LateFlush(BlockRequest request) {
      this.request = request;
    }

    void start() {
      device.queue().flush(this, device.namespace().id());
    }

    @Override
    protected void done(int status) {
      // Sent again, it would be by itself.
      request.durable = true;
      if (status == 0) {
        succeeded(request);
      } else if (!request.kind.mayBeRepeated()) {
        failed(request, status);
      } else if (!keeps(request, status)) {
        requestDone(request, status);
      }
    }
  }
}
