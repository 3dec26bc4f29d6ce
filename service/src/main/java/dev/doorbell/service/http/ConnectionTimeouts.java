package dev.doorbell.service.http;

import dev.doorbell.service.loop.LoopPoller;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Closes a connection on which nothing moves for too long, or whose client does not finish what it
 * has begun: the TLS handshake, the preface of HTTP/2, the head of a request, a frame.
 *
 * <p>Whatever comes is either whole, of which {@link #progress} is told, or the client owes the
 * rest. A new connection owes its first request. One timer per connection looks at that, as seldom
 * as the limits allow; requests cost a few stores. Time in which the process is stopped, by a
 * signal, a freezer or a move of its machine, counts for nobody. Goes next to the socket, from
 * accept on; belongs to the loop's thread.
 */
final class ConnectionTimeouts extends ChannelDuplexHandler {
  private static final byte[] REQUEST_TIMEOUT =
      "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  /** A timer that comes later than it was due by so much has not been kept waiting by work. */
  private static final long STOPPED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Function<Channel, LoopPoller> pollers;
  private final long idleNanos;
  private final long headNanos;
  private ChannelHandlerContext context;
  private LoopPoller poller;
  private long lastActive;

  /** When the next look is due. */
  private long due;

  private long unsent;

  /** Something whole has come since the last time that the socket had been read empty. */
  private boolean whole;

  /** The client owes the rest of something, since then. */
  private boolean owing = true;

  private long owingSince;

  /** Whether nothing whole has come yet. */
  private boolean fresh = true;

  /** Whether anything has. */
  private boolean silent = true;

  /**
   * @param pollers finds that of a channel's loop
   * @param idleSeconds how long nothing may move; 0 for ever
   * @param headSeconds how long the client may owe; 0 for ever
   */
  ConnectionTimeouts(Function<Channel, LoopPoller> pollers, long idleSeconds, long headSeconds) {
    this.pollers = pollers;
    this.idleNanos = TimeUnit.SECONDS.toNanos(idleSeconds);
    this.headNanos = TimeUnit.SECONDS.toNanos(headSeconds);
  }

  /** That of a channel. */
  static ConnectionTimeouts of(Channel channel) {
    return channel.pipeline().get(ConnectionTimeouts.class);
  }

  /** Something whole has come: a head, a piece of a body, a frame. */
  void progress() {
    whole = true;
    owing = false;
    fresh = false;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    poller = pollers.apply(ctx.channel());
    // Not as of this turn: it may have begun before a stop, and the connection comes after it.
    lastActive = poller.readClock();
    owingSince = lastActive;
    due = lastActive;
    if (idleNanos > 0 || headNanos > 0) {
      look();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    lastActive = poller.now();
    silent = false;
    if (whole) {
      whole = false;
    } else if (!owing) {
      owing = true;
      owingSince = lastActive;
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    lastActive = poller.now();
    ctx.flush();
  }

  /** Closes if a limit has passed, else looks again when the next one may have. */
  private void look() {
    Channel channel = context.channel();
    if (context.isRemoved() || !channel.isOpen()) {
      return;
    }
    long now = poller.readClock();
    if (now - due > STOPPED_NANOS) {
      // Meanwhile nobody has looked at what the client sent.
      lastActive = now;
      owingSince = now;
    }
    long wait = Long.MAX_VALUE;
    if (headNanos > 0) {
      if (!owing || !channel.config().isAutoRead()) {
        // What we do not read is not owed.
        owingSince = now;
      }
      wait = owingSince + headNanos - now;
    }
    if (wait > 0 && idleNanos > 0) {
      long left = unsent();
      if (left != unsent) {
        // A slow reader takes what was flushed long ago.
        unsent = left;
        lastActive = now;
      }
      wait = Math.min(wait, lastActive + idleNanos - now);
      if (wait <= 0) {
        context.close();
        return;
      }
    }
    if (wait <= 0) {
      closeUnfinished();
    } else {
      due = now + wait;
      context.executor().schedule(this::look, wait, TimeUnit.NANOSECONDS);
    }
  }

  private long unsent() {
    ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
  }

  /**
   * A first request that has begun is answered 408 (RFC 9110, 15.5.9). A later one is not, as an
   * answer may be on its way before it. HTTP/2 has GOAWAY (RFC 9113, 6.8).
   */
  private void closeUnfinished() {
    Http2ConnectionHandler http2 = context.pipeline().get(Http2ConnectionHandler.class);
    if (http2 != null) {
      ReadBudget budget = ReadBudget.of(context.channel());
      if (budget != null && budget.frames() != null) {
        budget.frames().closeUnknown();
      }
      http2.onError(
          context.pipeline().context(http2),
          false,
          Http2Exception.connectionError(
              Http2Error.ENHANCE_YOUR_CALM, "a frame was not finished in time"));
      context.pipeline().flush();
      return;
    }
    ChannelHandlerContext decoder = context.pipeline().context(HttpRequestDecoder.class);
    if (fresh && !silent && decoder != null) {
      ByteBuf answer = Unpooled.wrappedBuffer(REQUEST_TIMEOUT);
      decoder.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    } else {
      context.close();
    }
  }
}
