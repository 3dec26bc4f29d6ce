package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * An HTTP/2 connection as answers to reads write to it: frames, by Netty's own flow control, past
 * the response of Vert.x, whose maps, queues and promises cost more than the read itself.
 *
 * <p>All else is as with any answer: Vert.x has the request, resets and closes reach it, and the
 * stream counts for a drain until its last frame is in the socket. Belongs to the loop's thread.
 */
final class FrameConnection {
  /** Table of a new connection (RFC 9113, 6.5.2: SETTINGS_HEADER_TABLE_SIZE). */
  private static final int DEFAULT_TABLE_SIZE = 4096;

  private final Http2ConnectionHandler http2;
  private final ChannelHandlerContext context;
  private final Http2RemoteFlowController flow;
  private final Http2FrameWriter.Configuration configuration;
  private final Http2Connection.PropertyKey kept;
  private long tableSize = DEFAULT_TABLE_SIZE;
  private boolean tableWasReduced;

  private FrameConnection(Http2ConnectionHandler http2, ChannelHandlerContext context) {
    this.http2 = http2;
    this.context = context;
    this.flow = http2.encoder().flowController();
    this.configuration = http2.encoder().configuration();
    this.kept = http2.connection().newKey();
    settingsRead();
  }

  /** That of a pipeline; null if it does not speak HTTP/2. */
  static FrameConnection of(ChannelPipeline pipeline) {
    Http2ConnectionHandler http2 = pipeline.get(Http2ConnectionHandler.class);
    return http2 == null ? null : new FrameConnection(http2, pipeline.context(http2));
  }

  /**
   * Whether the header block that is to be written now need not be Netty's. It must be when the
   * client has made its table smaller, which the next block has to acknowledge (RFC 7541, 4.2).
   */
  boolean takesHead() {
    return !tableWasReduced
        && configuration.headersConfiguration().maxHeaderListSize() >= AnswerHead.MOST_LIST_SIZE;
  }

  /** Netty writes a header block now. */
  void leaveHead() {
    tableWasReduced = false;
  }

  /** The client has sent settings, to which Netty keeps already. */
  void settingsRead() {
    long size = configuration.headersConfiguration().maxHeaderTableSize();
    // Also if it is made larger again before the next block.
    tableWasReduced |= size < tableSize;
    tableSize = size;
  }

  /** Vert.x gets to know nothing of a stream. */
  void keep(Http2Stream stream) {
    stream.setProperty(kept, Boolean.TRUE);
  }

  /** A stream that was kept is Vert.x's from now on. */
  void leave(Http2Stream stream) {
    stream.removeProperty(kept);
  }

  /** Those that are kept; and those of malformed requests, which are reset before it has them. */
  private boolean isUnknown(Http2Stream stream) {
    return stream.getProperty(kept) != null || stream.isResetSent();
  }

  /** Whether the client has been told that the connection ends. */
  boolean saidGoAway() {
    return http2.connection().goAwaySent();
  }

  /** The stream, or null if nothing can be written to it any more. */
  Http2Stream stream(int id) {
    Http2Stream stream = http2.connection().stream(id);
    return stream != null && isWritable(stream) ? stream : null;
  }

  /** Whether anything can be written to a stream still. */
  static boolean isWritable(Http2Stream stream) {
    return stream.state().localSideOpen() && !stream.isResetSent();
  }

  /** Writes as much as the windows allow; the rest when they do. */
  void write(Http2Stream stream, DataFrames frames) {
    flow.addFlowControlled(stream, frames);
    try {
      flow.writePendingBytes();
    } catch (Http2Exception e) {
      failed(e);
    }
    frames.writeHeadAtLeast();
    context.flush();
  }

  /** The end of an answer is on its way. */
  void ended(Http2Stream stream, ChannelFuture written) {
    http2.closeStreamLocal(stream, written);
  }

  /** An answer cannot be written: its stream is reset, or the connection ends with GOAWAY. */
  void failed(Throwable cause) {
    if (!Http2Exception.isStreamError(Http2CodecUtil.getEmbeddedHttp2Exception(cause))) {
      closeUnknown();
    }
    http2.onError(context, true, cause);
  }

  /**
   * The connection is about to end by an error, of which Vert.x can tell its own streams only: the
   * others are closed.
   *
   * @return whether there were any
   */
  boolean closeUnknown() {
    boolean[] any = {false};
    try {
      http2
          .connection()
          .forEachActiveStream(
              stream -> {
                if (isUnknown(stream)) {
                  any[0] = true;
                  stream.close();
                }
                return true;
              });
    } catch (Http2Exception e) {
      throw new IllegalStateException(e);
    }
    return any[0];
  }

  ChannelHandlerContext context() {
    return context;
  }

  /** Bytes that a frame may carry. */
  int mostFrameBytes() {
    return configuration.frameSizePolicy().maxFrameSize();
  }

  /** A small buffer for the header of one frame. */
  ByteBuf frameHeader() {
    return context.alloc().directBuffer(AnswerHead.FRAME_HEADER);
  }
}
