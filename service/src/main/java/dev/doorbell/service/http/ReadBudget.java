package dev.doorbell.service.http;

import dev.doorbell.service.loop.TurnFlushHandler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.ArrayDeque;

/**
 * How much the reads of one HTTP/2 connection have on the way from the drive into its socket.
 *
 * <p>However many streams a client opens, its one socket drains no faster: what is read further
 * ahead of it only leaves the processor's cache before it is sent. So the streams share a bound,
 * and those that find it used up go on in turn.
 *
 * <p>What counts is what the drive has been asked for, what has been written since the last flush,
 * and what the socket has not taken yet. What waits for the window of its own stream (RFC 9113,
 * 5.2) does not: a client may stall one stream and read another. Belongs to the loop's thread.
 */
final class ReadBudget {
  /** An answer that waits for the budget. */
  interface Waiter {
    /** Bytes that it will ask the drive for next. */
    int nextLength();

    /** The budget allows as much now. */
    void resume();
  }

  /**
   * In bytes. Half of a common second-level cache; more than a drive of 5 GB/s returns within 100
   * microseconds.
   */
  static final long BYTES = 512 << 10;

  private static final AttributeKey<ReadBudget> KEY = AttributeKey.valueOf(ReadBudget.class, "of");

  private final Channel channel;
  private final TurnFlushHandler flush;
  private final ArrayDeque<ReadBudget> throttled;
  private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
  private final ConnectionMemory memory;
  private final FrameConnection frames;
  private long asked;
  private long written;
  private long flushes;
  private boolean resuming;

  private ReadBudget(
      Channel channel,
      TurnFlushHandler flush,
      ArrayDeque<ReadBudget> throttled,
      ConnectionMemory memory,
      FrameConnection frames) {
    this.memory = memory;
    this.frames = frames;
    this.channel = channel;
    this.flush = flush;
    this.throttled = throttled;
  }

  /**
   * Gives a new connection its budget.
   *
   * @param flush the channel's
   * @param throttled where a budget puts itself when somebody waits; {@link #resume} every turn
   * @param mostMemory that its requests may hold
   */
  static void add(
      Channel channel, TurnFlushHandler flush, ArrayDeque<ReadBudget> throttled, long mostMemory) {
    ConnectionMemory memory = new ConnectionMemory(mostMemory);
    FrameConnection frames = FrameConnection.of(channel.pipeline());
    channel.attr(KEY).set(new ReadBudget(channel, flush, throttled, memory, frames));
  }

  /** The budget that {@link #add} gave to a connection. */
  static ReadBudget of(HttpConnection connection) {
    return of(((ConnectionBase) connection).channel());
  }

  /** As that, of a channel; null if its connection is not known yet. */
  static ReadBudget of(Channel channel) {
    return channel.attr(KEY).get();
  }

  /** The connection's frames; null if it does not speak HTTP/2. */
  FrameConnection frames() {
    return frames;
  }

  /** What memory of the drive the connection holds. */
  ConnectionMemory memory() {
    return memory;
  }

  /**
   * Takes {@code length} bytes that the drive will be asked for; false if they exceed the bound, or
   * others wait already. A command of any length fits when nothing else is on the way.
   */
  boolean take(int length) {
    if (!resuming && !waiting.isEmpty() || !fits(length)) {
      return false;
    }
    asked += length;
    return true;
  }

  /** Has a stream that got nothing go on after those that wait already. */
  void await(Waiter stream) {
    if (waiting.isEmpty() && !resuming) {
      throttled.add(this);
    }
    waiting.add(stream);
  }

  /** The drive has answered with {@code length} bytes. */
  void answered(int length) {
    asked -= length;
  }

  /** So many of them are written now, and not thrown away. */
  void writes(int length) {
    written = writtenSinceFlush() + length;
    flushes = flush.flushes();
  }

  /**
   * Lets those who wait go on, in turn, as far as the bound allows.
   *
   * @return whether some still wait
   */
  boolean resume() {
    resuming = true;
    try {
      while (!waiting.isEmpty() && fits(waiting.peek().nextLength())) {
        waiting.poll().resume();
      }
    } finally {
      resuming = false;
    }
    return !waiting.isEmpty();
  }

  private boolean fits(int length) {
    if (!channel.isActive()) {
      // Nothing will be flushed any more, and those who wait are to see it.
      return true;
    }
    long used = asked + writtenSinceFlush() + unsent();
    return used == 0 || used + length <= BYTES;
  }

  private long writtenSinceFlush() {
    // What only waits for the window of its stream is not flushed, and need never be.
    return flush.isDue() && flushes == flush.flushes() ? written : 0;
  }

  private long unsent() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer != null ? buffer.totalPendingWriteBytes() : 0;
  }
}
