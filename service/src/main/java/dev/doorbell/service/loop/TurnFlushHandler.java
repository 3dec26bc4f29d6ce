package dev.doorbell.service.loop;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Holds back the flushes of a channel until the end of its loop's turn: one system call for all the
 * answers of a turn, or two if there are many small ones, instead of one each. Goes before whatever
 * flushes; belongs to the loop's thread.
 */
public final class TurnFlushHandler extends ChannelOutboundHandlerAdapter {
  /**
   * A turn with many small answers sends those it has once they come to so many bytes, so that the
   * client works on them while the rest of the turn is done; else the two take turns. From twice as
   * many on it is a large answer that keeps the client busy anyway, and fewer, larger writes are
   * cheaper.
   */
  private static final long EARLY_BYTES = 24 << 10;

  private final LoopPoller poller;
  private ChannelHandlerContext context;
  private boolean pending;
  private boolean wanted;
  private boolean listed;
  private boolean early;
  private long flushes;

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
    if (pending || wanted) {
      ctx.flush();
    }
  }

  /**
   * What is written goes out with the turn, whether or not somebody asks for it: Vert.x does not
   * where an answer's head is written and its body waits for the window.
   */
  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (!wanted) {
      wanted = true;
      list();
    }
    ctx.write(message, promise);
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    if (!pending) {
      pending = true;
      early = false;
      list();
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

  private void list() {
    if (!listed) {
      listed = true;
      poller.flushAtEndOfTurn(this);
    }
  }

  /** Whether anything has been written that goes out at the end of the turn. */
  public boolean isDue() {
    return pending || wanted;
  }

  /** How often this channel has been flushed. */
  public long flushes() {
    return flushes;
  }

  void flushNow() {
    listed = false;
    if (!context.isRemoved()) {
      flushIfPending(context);
    }
  }

  private void flushIfPending(ChannelHandlerContext ctx) {
    if (pending || wanted) {
      pending = false;
      wanted = false;
      flushes++;
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
}
