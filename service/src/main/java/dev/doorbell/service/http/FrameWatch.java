package dev.doorbell.service.http;

import dev.doorbell.service.loop.LoopPoller;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.util.concurrent.TimeUnit;

/**
 * Sees every frame of an HTTP/2 connection: tells the timeouts of it, and ends a connection with
 * ENHANCE_YOUR_CALM whose client floods it with frames that ask for nothing but work (RFC 9113,
 * 10.5): PING, SETTINGS, PRIORITY, empty DATA, frames of unknown types. Belongs to the loop's
 * thread.
 */
final class FrameWatch extends Http2FrameListenerDecorator {
  /** Of such frames, in one window of time. No client that means well comes near. */
  static final int MOST_IDLE_FRAMES = 2000;

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final ConnectionTimeouts timeouts;
  private final LoopPoller poller;
  private final FrameConnection frames;
  private long windowBegan;
  private int idleFrames;

  FrameWatch(
      Http2FrameListener listener,
      ConnectionTimeouts timeouts,
      LoopPoller poller,
      FrameConnection frames) {
    super(listener);
    this.timeouts = timeouts;
    this.poller = poller;
    this.frames = frames;
    this.windowBegan = poller.now();
  }

  /**
   * Puts it between the decoder and Vert.x, and holds the client to the number of streams from the
   * beginning: Netty does so only when the client has acknowledged the settings, which it need not.
   */
  static void add(
      ChannelPipeline pipeline, ConnectionTimeouts timeouts, LoopPoller poller, int streams) {
    Http2ConnectionHandler http2 = pipeline.get(Http2ConnectionHandler.class);
    if (http2 != null) {
      Http2ConnectionDecoder decoder = http2.decoder();
      FrameConnection frames = ReadBudget.of(pipeline.channel()).frames();
      decoder.frameListener(new FrameWatch(decoder.frameListener(), timeouts, poller, frames));
      http2.connection().remote().maxActiveStreams(streams);
      timeouts.progress();
    }
  }

  private void idle() throws Http2Exception {
    timeouts.progress();
    if (++idleFrames > MOST_IDLE_FRAMES) {
      long now = poller.now();
      if (now - windowBegan < WINDOW_NANOS) {
        frames.closeUnknown();
        throw Http2Exception.connectionError(
            Http2Error.ENHANCE_YOUR_CALM,
            "more than %d frames that carry nothing within %d s",
            MOST_IDLE_FRAMES,
            TimeUnit.NANOSECONDS.toSeconds(WINDOW_NANOS));
      }
      windowBegan = now;
      idleFrames = 1;
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int stream, ByteBuf data, int padding, boolean end)
      throws Http2Exception {
    if (data.isReadable() || end) {
      timeouts.progress();
    } else {
      idle();
    }
    return super.onDataRead(ctx, stream, data, padding, end);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx, int stream, Http2Headers headers, int padding, boolean end)
      throws Http2Exception {
    timeouts.progress();
    super.onHeadersRead(ctx, stream, headers, padding, end);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int stream,
      Http2Headers headers,
      int dependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean end)
      throws Http2Exception {
    timeouts.progress();
    super.onHeadersRead(ctx, stream, headers, dependency, weight, exclusive, padding, end);
  }

  @Override
  public void onPriorityRead(
      ChannelHandlerContext ctx, int stream, int dependency, short weight, boolean exclusive)
      throws Http2Exception {
    idle();
    super.onPriorityRead(ctx, stream, dependency, weight, exclusive);
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int stream, long code)
      throws Http2Exception {
    timeouts.progress();
    super.onRstStreamRead(ctx, stream, code);
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
      throws Http2Exception {
    idle();
    frames.settingsRead();
    super.onSettingsRead(ctx, settings);
  }

  @Override
  public void onSettingsAckRead(ChannelHandlerContext ctx) throws Http2Exception {
    idle();
    super.onSettingsAckRead(ctx);
  }

  @Override
  public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
    idle();
    super.onPingRead(ctx, data);
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
    idle();
    super.onPingAckRead(ctx, data);
  }

  @Override
  public void onGoAwayRead(ChannelHandlerContext ctx, int lastStream, long code, ByteBuf debug)
      throws Http2Exception {
    idle();
    super.onGoAwayRead(ctx, lastStream, code, debug);
  }

  @Override
  public void onWindowUpdateRead(ChannelHandlerContext ctx, int stream, int increment)
      throws Http2Exception {
    timeouts.progress();
    super.onWindowUpdateRead(ctx, stream, increment);
  }

  @Override
  public void onUnknownFrame(
      ChannelHandlerContext ctx, byte type, int stream, Http2Flags flags, ByteBuf payload)
      throws Http2Exception {
    idle();
    super.onUnknownFrame(ctx, type, stream, flags, payload);
  }
}
