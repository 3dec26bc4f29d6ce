package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpObjectEncoder;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * An HTTP/1.1 connection as answers to reads write to it: with heads that are encoded already.
 *
 * <p>The answer is a response of Vert.x as any other, which thereby keeps order among requests,
 * closes and drains; only that in the place of its encoder, with its maps and buffers, the bytes of
 * the head are put before those of the body. Belongs to the loop's thread.
 */
final class LineConnection extends ChannelOutboundHandlerAdapter {
  private static final AttributeKey<LineConnection> KEY =
      AttributeKey.valueOf(LineConnection.class, "of");

  private final ChannelHandlerContext encoder;
  private ByteBuf head;
  private long body;

  private LineConnection(ChannelHandlerContext encoder) {
    this.encoder = encoder;
  }

  /** Adds it to a pipeline that speaks HTTP/1. */
  static void add(ChannelPipeline pipeline) {
    ChannelHandlerContext encoder = pipeline.context(HttpObjectEncoder.class);
    if (encoder != null) {
      LineConnection connection = new LineConnection(encoder);
      pipeline.addBefore(HttpVersionCheck.HANDLER, "read-answers", connection);
      pipeline.channel().attr(KEY).set(connection);
    }
  }

  /** That of a connection, or null. */
  static LineConnection of(HttpConnection connection) {
    return ((ConnectionBase) connection).channel().attr(KEY).get();
  }

  /** Whether the next response may be given a head. */
  boolean takesHead() {
    return head == null;
  }

  /**
   * Gives a response its head. What else is written before it is left as it is.
   *
   * @param head ownership passes
   * @param body that the response has; tells it from others
   */
  void put(ByteBuf head, ByteBuf body) {
    this.head = head;
    this.body = address(body);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    ByteBuf lines = head;
    if (lines != null
        && message instanceof FullHttpResponse response
        && address(response.content()) == body) {
      head = null;
      encoder.write(lines);
      encoder.write(response.content(), promise);
    } else {
      context.write(message, promise);
    }
  }

  /** A response that was never written leaves its head. */
  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (head != null) {
      head.release();
      head = null;
    }
  }

  private static long address(ByteBuf buffer) {
    return buffer.hasMemoryAddress() ? buffer.memoryAddress() + buffer.readerIndex() : 0;
  }
}
