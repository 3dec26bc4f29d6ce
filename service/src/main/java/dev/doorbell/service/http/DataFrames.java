package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * A part of an answer's body as DATA frames, as long as the windows allow (RFC 9113, 5.2 and 6.1);
 * before the first, in the same piece of memory as its header, the answer's HEADERS frame. Reused;
 * belongs to the loop's thread.
 */
final class DataFrames implements Http2RemoteFlowController.FlowControlled {
  private FrameConnection connection;
  private Http2Stream stream;

  /** The HEADERS frame with room for the header of a DATA frame, until it is written. */
  private ByteBuf head;

  private ByteBuf bytes;
  private int next;
  private int left;
  private boolean last;
  private ChannelPromise sent;

  /**
   * Sends bytes.
   *
   * @param head what goes before them, or null; ownership passes
   * @param bytes not empty; stay the caller's, who may free them once {@code done} has been told
   * @param last whether the answer ends with them
   * @param done told once: when all are in the socket, or that they never will be
   */
  void send(
      FrameConnection connection,
      Http2Stream stream,
      ByteBuf head,
      ByteBuf bytes,
      boolean last,
      ChannelFutureListener done) {
    this.connection = connection;
    this.stream = stream;
    this.head = head;
    this.bytes = bytes;
    this.next = bytes.readerIndex();
    this.left = bytes.readableBytes();
    this.last = last;
    this.sent = connection.context().newPromise().addListener(done);
    connection.write(stream, this);
  }

  @Override
  public int size() {
    return left;
  }

  @Override
  public void write(ChannelHandlerContext ctx, int allowed) {
    int most = connection.mostFrameBytes();
    int more = Math.min(allowed, left);
    while (more > 0) {
      int length = Math.min(more, most);
      more -= length;
      left -= length;
      ByteBuf header = head;
      if (header == null) {
        header = connection.frameHeader();
      } else {
        head = null;
        stream.headersSent(false);
      }
      AnswerHead.writeData(header, stream.id(), length, last && left == 0);
      ctx.write(header);
      ByteBuf piece = take(length);
      if (left == 0) {
        ctx.write(piece, sent);
      } else {
        ctx.write(piece);
      }
    }
  }

  private ByteBuf take(int length) {
    boolean whole = length == bytes.readableBytes();
    ByteBuf piece = whole ? bytes.retain() : bytes.retainedSlice(next, length);
    next += length;
    return piece;
  }

  /** An answer's head does not wait for the windows. */
  void writeHeadAtLeast() {
    ByteBuf header = head;
    if (header != null) {
      head = null;
      stream.headersSent(false);
      connection.context().write(header);
    }
  }

  @Override
  public void writeComplete() {
    if (last) {
      connection.ended(stream, sent);
    }
  }

  /** The stream is closed, or writing has failed; {@link #size} must stay as it is. */
  @Override
  public void error(ChannelHandlerContext ctx, Throwable cause) {
    if (head != null) {
      head.release();
      head = null;
    }
    sent.tryFailure(cause);
    if (stream.state() != Http2Stream.State.CLOSED) {
      // A reset is not answered with a reset (RFC 9113, 5.4.2).
      connection.failed(cause);
    }
  }

  @Override
  public boolean merge(ChannelHandlerContext ctx, Http2RemoteFlowController.FlowControlled frames) {
    return false;
  }
}
