package dev.doorbell.service.block;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

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
  private final List<Runnable> whenIdle = new ArrayList<>();
  private RateLimiter limiter;
  private int most;

  /** Bytes that {@link #waiting} and {@link #throttled} hold. */
  private long memory;

  private boolean stopped;

  /** Which stop of the namespace the loop is in. */
  private long stopNumber;

  /** How many have asked for a drain that has not ended. */
  private int drains;

  private boolean timerSet;

  /** When the timer that counts fires; an earlier one has taken the place of any other. */
  private long timerAt;

  private volatile int size;

  Holdback(BlockDevice device) {
    this.device = device;
  }

  /** Whether requests have to come by here. */
  boolean needed() {
    return closed() || limiter != null || size > 0;
  }

  /** Whether nothing may go to the drive. */
  boolean closed() {
    return stopped || drains > 0;
  }

  /** Why a request that may not wait cannot go to the drive; 0 if it can. */
  int refusal() {
    return closed() ? stopped ? BlockStatus.STOPPED : BlockStatus.BUSY : 0;
  }

  void apply(BlockSettings settings, RateLimiter newLimiter) {
    most = settings.maxWaiting();
    limiter = newLimiter;
    serve();
  }

  /** A new request, which goes at once, waits, or is refused. */
  void take(BlockRequest request) {
    if (closed() || !waiting.isEmpty()) {
      if (fits(request, waiting.size())) {
        enter(request);
        waiting.add(request);
      } else {
        device.giveUp(request, closed() ? refusal() : BlockStatus.BUSY);
      }
    } else if (!overRate(request)) {
      device.start(request);
    } else if (fits(request, throttled.size())) {
      throttle(request);
      setTimer();
    } else {
      device.giveUp(request, BlockStatus.BUSY);
    }
  }

  /** Keeps a request that the drive failed where it was in the order, and stops. */
  void keep(BlockRequest request, int status) {
    request.keptStatus = status;
    stopped = true;
    putBack(request);
  }

  /** Has a request wait, where it was in the order, that would have gone on by itself. */
  void putBack(BlockRequest request) {
    ArrayDeque<BlockRequest> later = new ArrayDeque<>();
    while (!waiting.isEmpty() && waiting.peekLast().order > request.order) {
      later.push(waiting.pollLast());
    }
    waiting.add(request);
    waiting.addAll(later);
    enter(request);
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
    drains++;
    whenIdle.add(then);
    checkIdle();
  }

  void undrain() {
    drains--;
    serve();
  }

  /** Something has ended or come to wait: perhaps nothing is with the drive any more. */
  void checkIdle() {
    if (!whenIdle.isEmpty() && device.active() == size + device.behindLock()) {
      List<Runnable> all = List.copyOf(whenIdle);
      whenIdle.clear();
      all.forEach(Runnable::run);
    }
  }

  /** Ends what waits: as it failed, or as not done. */
  void abandon() {
    while (!waiting.isEmpty()) {
      BlockRequest request = leave(waiting.poll());
      int status = request.keptStatus;
      device.giveUp(request, status != 0 ? status : BlockStatus.STOPPED);
    }
    while (throttled.size() > 0) {
      device.giveUp(leave(throttled.poll()), BlockStatus.BUSY);
    }
  }

  /** How many wait; for any thread. */
  int size() {
    return size;
  }

  private void serve() {
    while (!closed() && !waiting.isEmpty()) {
      BlockRequest request = leave(waiting.poll());
      if (!request.hasBegun() && overRate(request)) {
        // It came while the namespace was stopped, and still has to keep to the rate.
        throttle(request);
      } else {
        device.startAgain(request);
      }
    }
    while (!closed() && throttled.size() > 0) {
      if (limiter != null && !mayGo(throttled.peek())) {
        setTimer();
        break;
      }
      device.startAgain(leave(throttled.poll()));
    }
    device.gateChanged();
  }

  private boolean fits(BlockRequest request, int ahead) {
    int bytes = memoryOf(request);
    // One write always fits, however small the arena: else it never would.
    boolean enough = memory == 0 || memory + bytes <= device.memory().arenaBytes() / MEMORY_SHARE;
    return ahead < most && (bytes == 0 || enough);
  }

  private void throttle(BlockRequest request) {
    enter(request);
    throttled.add(request);
  }

  private void enter(BlockRequest request) {
    memory += memoryOf(request);
    size++;
  }

  private BlockRequest leave(BlockRequest request) {
    memory -= memoryOf(request);
    size--;
    return request;
  }

  /** Whether a request has to wait for the rate; what it takes of it is taken if not. */
  private boolean overRate(BlockRequest request) {
    // What a flush covers has ended, and been paid for.
    return limiter != null
        && request.kind != BlockKind.FLUSH
        && (throttled.size() > 0 || !mayGo(request));
  }

  private boolean mayGo(BlockRequest request) {
    return limiter.tryTake(device.now(), request.kind.movesData() ? request.length : 0);
  }

  private void setTimer() {
    long now = device.now();
    long wait = Math.max(1, limiter.waitNanos(now));
    long at = now + wait;
    // The rate may have been raised since the last one was set.
    if (!timerSet || at - timerAt < 0) {
      timerSet = true;
      timerAt = at;
      device.memory().schedule(() -> timerFired(at), wait);
    }
  }

  private void timerFired(long at) {
    if (timerSet && timerAt == at) {
      timerSet = false;
      serve();
    }
  }

  private static int memoryOf(BlockRequest request) {
    if (request.buffer == null) {
      return 0;
    }
    // Memory that is lent serves several requests: each counts for its own part.
    return request.lent ? (int) request.length : request.buffer.capacity();
  }
}
