package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.loop.LoopPoller;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Reads over a connection of HTTP/2 that differ from one before in their range alone.
 *
 * <p>As {@link RepeatedReads} are over HTTP/1.1: when Vert.x has taken such a request apart, its
 * fields become a template; those after it that match are read and answered here, on the streams
 * that Netty has of them, and Vert.x makes none. What does not match, and what cannot be answered
 * by one command with 206, goes on to Vert.x as if this were not there; a read that fails, too,
 * with its status, for the problem to be told. Belongs to the loop's thread.
 */
final class FrameReads extends Http2FrameListenerDecorator implements Repetition {
  /** Requests in a row that are not like the template until there is another. */
  private static final int PATIENCE = 8;

  private final LoopState loop;
  private final LoopPoller poller;
  private final HttpConnection client;
  private final ReadBudget budget;
  private final FrameConnection frames;
  private FieldTemplate template;

  /** The fields of the request that Vert.x is being given, if they may become a template. */
  private FieldTemplate candidate;

  private int misses;
  private int failure;

  private FrameReads(
      Http2FrameListener vertx, LoopState loop, LoopPoller poller, HttpConnection client) {
    super(vertx);
    this.loop = loop;
    this.poller = poller;
    this.client = client;
    this.budget = ReadBudget.of(client);
    this.frames = budget.frames();
  }

  /** Puts it before Vert.x, if the connection speaks HTTP/2 and has its budget. */
  static void add(HttpConnection connection, LoopState loop, LoopPoller poller) {
    ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
    Http2ConnectionHandler http2 = pipeline.get(Http2ConnectionHandler.class);
    if (http2 != null) {
      Http2ConnectionDecoder decoder = http2.decoder();
      FrameReads reads = new FrameReads(decoder.frameListener(), loop, poller, connection);
      decoder.frameListener(reads);
      Repetition.set(pipeline.channel(), reads);
      ConnectionErrors.add(pipeline, reads.frames);
    }
  }

  @Override
  public void learn(HttpServerRequest request, BlockDevice device) {
    misses++;
    if (candidate != null) {
      template = candidate.reads(device);
      candidate = null;
      misses = 0;
    }
  }

  @Override
  public int failure() {
    return failure;
  }

  /** Whose reads they are. */
  HttpConnection client() {
    return client;
  }

  ReadBudget budget() {
    return budget;
  }

  /** Where answers are written to. */
  FrameConnection frames() {
    return frames;
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx, int stream, Http2Headers fields, int padding, boolean end)
      throws Http2Exception {
    if (end && startRead(stream, fields)) {
      return;
    }
    becomeCandidate(fields, end);
    super.onHeadersRead(ctx, stream, fields, padding, end);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int stream,
      Http2Headers fields,
      int dependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean end)
      throws Http2Exception {
    if (end && startRead(stream, fields)) {
      return;
    }
    becomeCandidate(fields, end);
    super.onHeadersRead(ctx, stream, fields, dependency, weight, exclusive, padding, end);
  }

  /** Vert.x takes fields away while it looks at them, so they are copied before. */
  private void becomeCandidate(Http2Headers fields, boolean end) {
    boolean wanted = template == null || misses >= PATIENCE;
    candidate =
        wanted && end && HttpMethod.GET.name().contentEquals(orEmpty(fields.method()))
            ? FieldTemplate.of(fields)
            : null;
  }

  private static CharSequence orEmpty(CharSequence text) {
    return text == null ? "" : text;
  }

  private boolean startRead(int id, Http2Headers fields) {
    if (template == null || !template.matches(fields) || !frames.takesHead()) {
      return false;
    }
    long first = template.first();
    long end = template.end();
    Http2Stream stream = frames.stream(id);
    if (end == RangeTemplate.OTHER
        || budget.memory().scarce()
        || stream == null
        // Else these are the trailers of a request that Vert.x has.
        || stream.state() != Http2Stream.State.HALF_CLOSED_REMOTE) {
      return false;
    }
    misses = 0;
    frames.keep(stream);
    loop.frameReads()
        .take()
        .start(this, stream, fields, template.device(), first, (int) (end - first));
    poller.readTaken();
    return true;
  }

  /** Whether answers are to come in small pieces. */
  boolean scarce(BlockDevice device) {
    return device.memory().scarce() || budget.memory().scarce();
  }

  /**
   * A read is not answered here.
   *
   * @param status as {@link #failure}
   */
  void pass(Http2Stream stream, Http2Headers fields, int status) {
    frames.leave(stream);
    // That of another request, in whose midst this one may end.
    candidate = null;
    failure = status;
    try {
      super.onHeadersRead(frames.context(), stream.id(), fields, 0, true);
    } catch (Http2Exception e) {
      frames.failed(e);
    } finally {
      failure = 0;
    }
  }
}
