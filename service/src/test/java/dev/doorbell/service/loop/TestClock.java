package dev.doorbell.service.loop;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;

/** The time of a loop, and of an embedded channel's timers, in the hand of a test. */
public final class TestClock {
  private long now;
  private final LoopPoller poller = new LoopPoller(() -> now);

  /** A poller that reads this clock. */
  public LoopPoller poller() {
    return poller;
  }

  /** A channel whose timers go by this clock. */
  public static EmbeddedChannel channel() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.freezeTime();
    return channel;
  }

  /** Lets time pass, and runs the timers that are due. */
  public void advance(EmbeddedChannel channel, long millis) {
    // The poller's clock first: the loop reads it at the end of the sleep that the timer ends.
    now += TimeUnit.MILLISECONDS.toNanos(millis);
    poller.beginSockets();
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }

  /** Time passes while the process is stopped: nothing runs, and no clock is read. */
  public void stop(EmbeddedChannel channel, long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
  }
}
