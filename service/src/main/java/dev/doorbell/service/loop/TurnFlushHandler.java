package dev.doorbell.service.loop;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.TimeUnit;

/**
 * Holds back the flushes of a channel until the end of its loop's turn: one system call for all the
 * answers of a turn, or two if there are many small ones, instead of one each. Also closes the
 * channel when it has been idle for too long, at the cost of a store per read and flush; Netty's
 * own handler costs a listener per written frame. Goes first in the pipeline; belongs to the loop's
 * thread.
 */
public final class TurnFlushHandler extends ChannelDuplexHandler {
  /**
   * A turn with many small answers sends those it has once they come to so many bytes, so that the
   * client works on them while the rest of the turn is done; else the two take turns. From twice as
   * many on it is a large answer that keeps the client busy anyway, and fewer, larger writes are
   * cheaper.
   */
  private static final long EARLY_BYTES = 24 << 10;

  private final LoopPoller poller;
  private final long idleNanos;
  private ChannelHandlerContext context;
  private boolean pending;
  private boolean early;
  private long flushes;
  private long lastActive;

  /**
   * @param poller of the channel's own loop
   * @param idleSeconds how long nothing may come or go before the channel is closed; 0 for ever
   */
  public TurnFlushHandler(LoopPoller poller, long idleSeconds) {
    this.poller = poller;
    this.idleNanos = TimeUnit.SECONDS.toNanos(idleSeconds);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    lastActive = poller.now();
    if (idleNanos > 0) {
      lookAgainIn(idleNanos);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    lastActive = poller.now();
    ctx.fireChannelReadComplete();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (pending) {
      ctx.flush();
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    if (!pending) {
      pending = true;
      early = false;
      poller.flushAtEndOfTurn(this);
    } else if (!early && isWorthSending(ctx)) {
      early = true;
      flushes++;
      ctx.flush();
    }
  }

  /** A close must not overtake what was written before it. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    flushIfPending(ctx);
    ctx.close(promise);
  }

  @Override
  public void disconnect(ChannelHandlerContext ctx, ChannelPromise promise) {
    flushIfPending(ctx);
    ctx.disconnect(promise);
  }

  /** How often this channel has been flushed. */
  public long flushes() {
    return flushes;
  }

  void flushNow() {
    if (!context.isRemoved()) {
      flushIfPending(context);
    }
  }

  private void flushIfPending(ChannelHandlerContext ctx) {
    if (pending) {
      pending = false;
      flushes++;
      lastActive = poller.now();
      ctx.flush();
    }
  }

  private static boolean isWorthSending(ChannelHandlerContext ctx) {
    ChannelOutboundBuffer waiting = ctx.channel().unsafe().outboundBuffer();
    if (waiting == null) {
      return false;
    }
    long bytes = waiting.totalPendingWriteBytes();
    return bytes >= EARLY_BYTES && bytes < 2 * EARLY_BYTES;
  }

  private void lookAgainIn(long nanos) {
    context.executor().schedule(this::closeIfIdle, nanos, TimeUnit.NANOSECONDS);
  }

  private void closeIfIdle() {
    if (context.isRemoved() || !context.channel().isOpen()) {
      return;
    }
    long idle = poller.readClock() - lastActive;
    if (idle >= idleNanos) {
      context.close();
    } else {
      lookAgainIn(idleNanos - idle);
    }
  }
}
