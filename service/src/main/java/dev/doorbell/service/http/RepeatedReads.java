package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayDeque;

/**
 * Reads over a connection of HTTP/1.1 that differ from one before in their range alone.
 *
 * <p>Clients of ranges send the same head again and again but for two numbers. When Vert.x has
 * taken such a request apart, its head becomes a template; those after it that match are read and
 * answered here, before the decoder, with an encoded head. What does not match, what comes while
 * Vert.x has anything under way, and what cannot be answered by one command with 206, goes on to
 * Vert.x as if this were not there; a read that fails, too, with its status, for the problem to be
 * told. One read at a time: what comes meanwhile is held, and the socket not read. Belongs to the
 * loop's thread.
 */
final class RepeatedReads extends ChannelDuplexHandler implements Repetition {
  /** Bytes of a head that is worth a template. */
  private static final int MOST_HEAD = 1024;

  /** Requests in a row that are not like the template until there is another. */
  private static final int PATIENCE = 8;

  private static final ByteBuf END =
      Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[] {'\r', '\n', '\r', '\n'}));

  private final LoopState loop;
  private final ConnectionTimeouts timeouts;
  private final Exchanges exchanges = new Exchanges();
  private final ArrayDeque<Object> held = new ArrayDeque<>(1);
  private ChannelHandlerContext context;
  private ReadTemplate template;
  private int misses;

  /** What Vert.x is being given, if that may be a head for a template; or null. */
  private ByteBuf passing;

  /** Whether what Vert.x was given last ended where a head ends. */
  private boolean atEndOfHead;

  /** Whether Vert.x was given anything since the socket had been read empty, as it is at first. */
  private boolean passed = true;

  private boolean reading;
  private int failure;
  private boolean gone;
  private ChannelPromise closing;

  private RepeatedReads(LoopState loop, ConnectionTimeouts timeouts) {
    this.loop = loop;
    this.timeouts = timeouts;
  }

  /** Adds it to a pipeline that speaks HTTP/1. */
  static void add(ChannelPipeline pipeline, LoopState loop, ConnectionTimeouts timeouts) {
    ChannelHandlerContext decoder = pipeline.context(HttpRequestDecoder.class);
    if (decoder != null) {
      RepeatedReads reads = new RepeatedReads(loop, timeouts);
      pipeline.addBefore(decoder.name(), "repeated-reads", reads);
      pipeline.addBefore(HttpVersionCheck.HANDLER, "exchanges", reads.exchanges);
      Repetition.set(pipeline.channel(), reads);
    }
  }

  @Override
  public void learn(HttpServerRequest request, BlockDevice device) {
    misses++;
    if (passing != null && !hasBody(request) && staysOpen(request)) {
      String range = request.headers().get(DataHeaders.RANGE);
      template = loop.readTemplate(passing, range, device);
      misses = 0;
    }
  }

  /** Whether nothing is to be said of the connection in an answer. */
  private static boolean staysOpen(HttpServerRequest request) {
    return request.version() == HttpVersion.HTTP_1_1
        && !request.headers().contains(HttpHeaders.CONNECTION);
  }

  private static boolean hasBody(HttpServerRequest request) {
    return request.headers().contains(HttpHeaders.CONTENT_LENGTH)
        || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
  }

  @Override
  public int failure() {
    return failure;
  }

  /** Where answers are written to. */
  ChannelHandlerContext context() {
    return context;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    this.context = context;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (reading) {
      held.add(message);
      stopIfHeld();
    } else {
      take(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (passed) {
      passed = false;
      context.fireChannelReadComplete();
    }
  }

  private void take(Object message) {
    if (message instanceof ByteBuf bytes && startRead(bytes)) {
      bytes.release();
    } else {
      pass(message);
    }
  }

  private void pass(Object message) {
    passed = true;
    if (message instanceof ByteBuf bytes) {
      if (vertxIsIdle() && wantsTemplate() && bytes.readableBytes() <= MOST_HEAD) {
        passing = bytes.retainedSlice();
      }
      int end = bytes.writerIndex() - END.capacity();
      atEndOfHead =
          end >= bytes.readerIndex() && ByteBufUtil.equals(bytes, end, END, 0, END.capacity());
    }
    try {
      context.fireChannelRead(message);
    } finally {
      if (passing != null) {
        passing.release();
        passing = null;
      }
    }
  }

  private boolean wantsTemplate() {
    return template == null || misses >= PATIENCE;
  }

  /** Whether Vert.x has no request under way, and its decoder no part of one. */
  private boolean vertxIsIdle() {
    return atEndOfHead && exchanges.none();
  }

  private boolean startRead(ByteBuf bytes) {
    if (template == null || closing != null || !vertxIsIdle() || !template.matches(bytes)) {
      return false;
    }
    long end = template.end();
    if (end == RangeTemplate.OTHER) {
      return false;
    }
    timeouts.progress();
    misses = 0;
    reading = true;
    loop.repeatedReads()
        .take()
        .start(this, template.device(), template.first(), template.last(), end);
    return true;
  }

  /** The read that was under way is over, and answered if the client is still there. */
  void ended() {
    reading = false;
    if (closing != null) {
      // What is held cannot be answered any more, and so shall not be done.
      releaseHeld();
      context.close(closing);
    }
    if (!held.isEmpty()) {
      // Before Vert.x gets any of it, which may want the socket not to be read.
      context.channel().config().setAutoRead(true);
      while (!reading && !held.isEmpty()) {
        take(held.poll());
      }
      stopIfHeld();
    }
    channelReadComplete(context);
  }

  /**
   * The read that was under way has failed. Vert.x is to answer that, unless it has closed the
   * connection already.
   */
  void failed(long first, long last, int status) {
    if (closing == null) {
      failure = status;
      pass(template.head(first, last));
      failure = 0;
    }
    ended();
  }

  private void stopIfHeld() {
    if (!held.isEmpty()) {
      context.channel().config().setAutoRead(false);
    }
  }

  /** Vert.x drains, and knows nothing of a read that is under way here. */
  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) {
    if (reading && closing == null && !gone) {
      closing = promise;
    } else {
      context.close(promise);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    gone = true;
    context.fireExceptionCaught(cause);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    gone = true;
    context.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    releaseHeld();
  }

  private void releaseHeld() {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }
}
