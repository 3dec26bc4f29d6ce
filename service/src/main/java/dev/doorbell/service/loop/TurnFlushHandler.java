package dev.doorbell.service.loop;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Holds back the flushes of a channel until the end of its loop's turn: one system call for all the
 * answers of a turn, instead of one each. Goes first in the pipeline; belongs to the loop's thread.
 */
public final class TurnFlushHandler extends ChannelOutboundHandlerAdapter {
  private final LoopPoller poller;
  private ChannelHandlerContext context;
  private boolean pending;

  /**
   * @param poller of the channel's own loop
   */
  public TurnFlushHandler(LoopPoller poller) {
    this.poller = poller;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
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
      poller.flushAtEndOfTurn(this);
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

  void flushNow() {
    if (!context.isRemoved()) {
      flushIfPending(context);
    }
  }

  private void flushIfPending(ChannelHandlerContext ctx) {
    if (pending) {
      pending = false;
      ctx.flush();
    }
  }
}
