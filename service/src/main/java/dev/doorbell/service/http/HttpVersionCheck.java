package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;

/**
 * Keeps the client's idea of the protocol out of our answers.
 *
 * <p>Netty takes any {@code NAME/1.2} for a version, and Vert.x answers one that it does not know
 * in kind: {@code NAME/1.2 501}, which is not HTTP. A later HTTP/1 is HTTP/1.1 to us (RFC 9110,
 * 2.5); everything else is a malformed request. Also tells the timeouts what is decoded.
 */
final class HttpVersionCheck extends ChannelInboundHandlerAdapter {
  /** Vert.x's name of its own. */
  static final String HANDLER = "handler";

  private final ConnectionTimeouts timeouts;

  private HttpVersionCheck(ConnectionTimeouts timeouts) {
    this.timeouts = timeouts;
  }

  /**
   * Puts the check before Vert.x's handler of HTTP/1, and not behind the decoder: the first request
   * of a connection is past that when the connection becomes known.
   */
  static void add(ChannelPipeline pipeline, ConnectionTimeouts timeouts) {
    if (pipeline.get(HttpRequestDecoder.class) != null) {
      pipeline.addBefore(HANDLER, "http-version", new HttpVersionCheck(timeouts));
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest request) {
      HttpVersion version = request.protocolVersion();
      if (version != HttpVersion.HTTP_1_1 && version != HttpVersion.HTTP_1_0) {
        if (!version.protocolName().equals("HTTP") || version.majorVersion() != 1) {
          request.setDecoderResult(
              DecoderResult.failure(new IllegalArgumentException("protocol " + version)));
        }
        request.setProtocolVersion(HttpVersion.HTTP_1_1);
      }
    }
    if (!(message instanceof ByteBuf)) {
      // Behind an upgrade the frames of HTTP/2 pass as they are.
      timeouts.progress();
    }
    context.fireChannelRead(message);
  }
}
