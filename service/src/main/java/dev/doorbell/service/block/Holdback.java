package dev.doorbell.service.block;

import java.util.ArrayDeque;

/**
 * The requests of one loop that may not go to the drive yet: because the namespace is stopped after
 * an error, is being drained, or has had its rate. Belongs to the loop's thread.
 */
final class Holdback {
  /** Of the memory of the loop's queue, which other namespaces use too: what writes may hold. */
  private static final int MEMORY_SHARE = 4;

  private final BlockDevice device;

  /** In the order in which they came, those that failed among them. */
  private final ArrayDeque<BlockRequest> waiting = new ArrayDeque<>();

  private final FairQueue throttled = new FairQueue();
  private RateLimiter limiter;
  private int most;
  private long memory;
  private boolean stopped;

  /** Which stop of the namespace the loop is in. */
  private long stopNumber;

  private boolean draining;
  private Runnable whenIdle;
  private boolean timerSet;
  private volatile int size;

  Holdback(BlockDevice device) {
    this.device = device;
  }

  /** Whether requests have to come by here. */
  boolean needed() {
    return stopped || draining || limiter != null || size > 0;
  }

  void apply(BlockSettings settings, RateLimiter newLimiter) {
    most = settings.maxWaiting();
    limiter = newLimiter;
    serve();
  }

  /** A new request, which goes at once, waits, or is refused. */
  void take(BlockRequest request) {
    if (stopped || draining || !waiting.isEmpty()) {
      int bytes = memoryOf(request);
      if (waiting.size() >= most
          || bytes > 0 && memory + bytes > device.memory().arenaBytes() / MEMORY_SHARE) {
        device.giveUp(request, stopped ? BlockStatus.STOPPED : BlockStatus.BUSY);
        return;
      }
      memory += bytes;
      waiting.add(request);
      size++;
    } else if (throttled.size() > 0 || limiter != null && !mayGo(request)) {
      if (throttled.size() >= most) {
        device.giveUp(request, BlockStatus.BUSY);
        return;
      }
      throttled.add(request);
      size++;
      setTimer();
    } else {
      device.start(request);
    }
  }

  /** Keeps a request that the drive failed where it was in the order, and stops. */
  void keep(BlockRequest request, int status) {
    request.keptStatus = status;
    stopped = true;
    memory += memoryOf(request);
    ArrayDeque<BlockRequest> later = new ArrayDeque<>();
    while (!waiting.isEmpty() && waiting.peekLast().order > request.order) {
      later.push(waiting.pollLast());
    }
    waiting.add(request);
    waiting.addAll(later);
    size++;
  }

  void stop(long number) {
    stopped = true;
    // A message of an earlier stop may still be on its way when a later one has begun here.
    stopNumber = Math.max(stopNumber, number);
  }

  /** Sends what waits, in order; what fails again stops again. */
  void resume(long number) {
    if (number >= stopNumber) {
      stopped = false;
      serve();
    }
  }

  /**
   * Lets no request start, and says when none is with the drive.
   *
   * @param then called once, perhaps at once
   */
  void drain(Runnable then) {
    draining = true;
    whenIdle = then;
    checkIdle();
  }

  void undrain() {
    draining = false;
    serve();
  }

  /** Something has ended: perhaps that was the last. */
  void checkIdle() {
    Runnable then = whenIdle;
    if (then != null && device.active() == size) {
      whenIdle = null;
      then.run();
    }
  }

  /** Ends what waits: as it failed, or as not done. */
  void abandon() {
    while (!waiting.isEmpty()) {
      BlockRequest request = remove();
      int status = request.keptStatus;
      device.giveUp(request, status != 0 ? status : BlockStatus.STOPPED);
    }
    while (throttled.size() > 0) {
      size--;
      device.giveUp(throttled.poll(), BlockStatus.BUSY);
    }
  }

  /** How many wait; for any thread. */
  int size() {
    return size;
  }

  private void serve() {
    while (!stopped && !draining && !waiting.isEmpty()) {
      device.start(remove());
    }
    while (!stopped && !draining && throttled.size() > 0) {
      if (limiter != null && !mayGo(throttled.peek())) {
        setTimer();
        break;
      }
      size--;
      device.start(throttled.poll());
    }
    device.gateChanged();
  }

  private BlockRequest remove() {
    BlockRequest request = waiting.poll();
    memory -= memoryOf(request);
    size--;
    return request;
  }

  private boolean mayGo(BlockRequest request) {
    return request.kind == BlockKind.FLUSH
        || limiter.tryTake(device.now(), request.kind.movesData() ? request.length : 0);
  }

  private void setTimer() {
    if (!timerSet && limiter != null) {
      timerSet = true;
      device
          .memory()
          .schedule(
              () -> {
                timerSet = false;
                serve();
              },
              Math.max(1, limiter.waitNanos(device.now())));
    }
  }

  private static int memoryOf(BlockRequest request) {
    return request.buffer == null ? 0 : request.buffer.capacity();
  }
}
