package dev.doorbell.service.loop;

import dev.doorbell.service.loop.LoopCounters.Counter;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Netty I/O handler that polls NVMe completion queues as well as sockets.
 *
 * <p>One run is: ring and poll; pass over the sockets without blocking; ring and poll what they
 * submitted. With commands outstanding and nothing else to do, it polls for the adaptive budget,
 * looking at the sockets every few microseconds; then it unmasks the drive's interrupts, polls once
 * more, which closes the race, and sleeps in epoll. With nothing outstanding it looks at the
 * sockets for a short adaptive budget of their own before it sleeps.
 */
final class PollingIoHandler implements IoHandler {
  /** How long busy polling leaves the sockets alone. */
  private static final long SOCKET_INTERVAL_NANOS = 5_000;

  /** How long to nap between polls where an interrupt cannot wake the loop. */
  private static final long NAP_NANOS = 20_000;

  private static final long FAULT_LOG_INTERVAL_NANOS = 1_000_000_000;

  private static final Logger LOG = LoggerFactory.getLogger(PollingIoHandler.class);

  private final IoHandler sockets;
  private final LoopPoller poller;
  private final AdaptivePoll policy;
  private final AdaptivePoll socketPolicy;
  private final boolean interruptsWake;
  private final LoopCounters counters;
  private final NonBlocking nonBlocking = new NonBlocking();
  private long faults;
  private long faultLogged;

  /**
   * @param sockets the transport's own handler
   * @param policy how long to poll for completions
   * @param socketPolicy how long to poll the sockets when nothing is outstanding
   * @param interruptsWake whether an eventfd can be registered with {@code sockets}
   */
  PollingIoHandler(
      IoHandler sockets,
      LoopPoller poller,
      AdaptivePoll policy,
      AdaptivePoll socketPolicy,
      boolean interruptsWake) {
    this.sockets = sockets;
    this.poller = poller;
    this.policy = policy;
    this.socketPolicy = socketPolicy;
    this.interruptsWake = interruptsWake;
    this.counters = poller.counters();
    poller.setGroupTurn(this::turn);
  }

  @Override
  public int run(IoHandlerContext context) {
    counters.add(Counter.TURNS, 1);
    int work = turn();
    int handled;
    if (work > 0 || !context.canBlock()) {
      handled = lookAtSockets(context);
    } else if (!poller.anyOutstanding()) {
      handled = waitForSockets(context);
    } else {
      handled = waitForCompletion(context);
    }
    turn();
    return handled;
  }

  /**
   * With nothing outstanding only the sockets can bring work. A client that waits for one answer
   * before it asks again does so within microseconds: looking for it that long is cheaper than to
   * sleep and be woken. The budget falls to nothing when requests come seldom.
   */
  private int waitForSockets(IoHandlerContext context) {
    long start = System.nanoTime();
    long budget = socketPolicy.budget();
    for (long elapsed = 0; elapsed < budget; elapsed = System.nanoTime() - start) {
      int handled = lookAtSockets(context);
      if (handled > 0 || !context.canBlock()) {
        return handled;
      }
    }
    poller.beginSleep();
    int handled = sockets.run(context);
    if (handled > 0) {
      // As of the first handler that asked for the time: without what the handlers took.
      socketPolicy.waited(poller.now() - start);
    }
    return handled;
  }

  private int waitForCompletion(IoHandlerContext context) {
    long start = System.nanoTime();
    long budget = policy.budget();
    long lookAgain = SOCKET_INTERVAL_NANOS;
    long elapsed = 0;
    while (elapsed < budget) {
      if (turn() > 0) {
        polled(Counter.POLL_HITS, elapsed);
        return lookAtSockets(context);
      }
      if (elapsed >= lookAgain) {
        int handled = lookAtSockets(context);
        if (handled > 0 || !context.canBlock()) {
          counters.add(Counter.POLL_NANOS, elapsed);
          return handled;
        }
        lookAgain = elapsed + SOCKET_INTERVAL_NANOS;
      }
      Thread.onSpinWait();
      elapsed = System.nanoTime() - start;
    }
    if (budget > 0) {
      polled(Counter.POLL_TIMEOUTS, elapsed);
    }
    return sleep(context, start);
  }

  private int sleep(IoHandlerContext context, long start) {
    counters.add(Counter.SLEEPS, 1);
    int handled;
    if (interruptsWake) {
      poller.unmaskInterrupts();
      // What completed before the unmask raised no interrupt: one more look, then sleep.
      if (turn() > 0) {
        handled = lookAtSockets(context);
      } else {
        poller.beginSleep();
        handled = sockets.run(context);
      }
      poller.maskInterrupts();
    } else {
      LockSupport.parkNanos(NAP_NANOS);
      handled = lookAtSockets(context);
    }
    if (turn() > 0) {
      policy.waited(System.nanoTime() - start);
    }
    return handled;
  }

  /**
   * One turn of the poller. A fault in it is a fault of ours in the answer to one request; it must
   * not end the loop, which serves others.
   */
  private int turn() {
    try {
      return poller.turn();
    } catch (RuntimeException | AssertionError e) {
      long now = System.nanoTime();
      if (faults++ == 0 || now - faultLogged > FAULT_LOG_INTERVAL_NANOS) {
        faultLogged = now;
        LOG.error("event loop: fault number {} while completing commands", faults, e);
      }
      return 1;
    }
  }

  private int lookAtSockets(IoHandlerContext context) {
    poller.beginSockets();
    return sockets.run(nonBlocking.around(context));
  }

  private void polled(Counter outcome, long nanos) {
    counters.add(outcome, 1);
    counters.add(Counter.POLL_NANOS, nanos);
  }

  @Override
  public void initialize() {
    sockets.initialize();
  }

  @Override
  public void prepareToDestroy() {
    sockets.prepareToDestroy();
  }

  @Override
  public void destroy() {
    sockets.destroy();
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return sockets.register(handle);
  }

  @Override
  public void wakeup() {
    sockets.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return sockets.isCompatible(handleType);
  }

  /** A context that never lets the sockets' handler block. */
  private static final class NonBlocking implements IoHandlerContext {
    private IoHandlerContext context;

    NonBlocking around(IoHandlerContext context) {
      this.context = context;
      return this;
    }

    @Override
    public boolean canBlock() {
      return false;
    }

    @Override
    public long delayNanos(long currentTimeNanos) {
      return context.delayNanos(currentTimeNanos);
    }

    @Override
    public long deadlineNanos() {
      return context.deadlineNanos();
    }
  }
}
