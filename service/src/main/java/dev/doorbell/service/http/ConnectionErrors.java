package dev.doorbell.service.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a connection of HTTP/2 end with GOAWAY when its client breaks the protocol (RFC 9113, 5.4.1),
 * whatever streams it has.
 *
 * <p>Vert.x tells each of its streams of such an error first, and does not get over one that is not
 * its own: it closes the socket without a word. That close is held up here until those streams are
 * closed and the word is said; which error it was is lost by then, so it is the generic one. Goes
 * before Vert.x's handler; belongs to the loop's thread.
 */
final class ConnectionErrors extends ChannelDuplexHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionErrors.class);

  private final FrameConnection frames;
  private boolean broken;

  private ConnectionErrors(FrameConnection frames) {
    this.frames = frames;
  }

  static void add(ChannelPipeline pipeline, FrameConnection frames) {
    String http2 = pipeline.context(Http2ConnectionHandler.class).name();
    pipeline.addBefore(http2, "connection-errors", new ConnectionErrors(frames));
  }

  /** The socket has failed, and nothing can be said any more. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    broken = true;
    context.fireExceptionCaught(cause);
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) {
    if (broken || frames.saidGoAway() || !context.channel().isActive() || !frames.closeUnknown()) {
      context.close(promise);
      return;
    }
    context.channel().closeFuture().addListener(closed -> promise.trySuccess());
    try {
      frames.failed(
          Http2Exception.connectionError(
              Http2Error.PROTOCOL_ERROR, "the client has broken the protocol"));
    } catch (RuntimeException e) {
      LOG.warn("a connection that broke the protocol ends without GOAWAY", e);
      context.close();
    }
  }
}
