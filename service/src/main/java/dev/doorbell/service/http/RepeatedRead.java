package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockRequest;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;

/**
 * One of {@link RepeatedReads}: its command, and its answer until the socket has that. Reused by
 * its loop, the latest first, so that it is found in the processor's cache; belongs to its thread.
 */
final class RepeatedRead extends BlockRequest implements ChannelFutureListener {
  private final LoopState loop;
  private final SendBuffer sending = new SendBuffer();
  private final HeadBuffer head = new HeadBuffer(AnswerLines.MOST_BYTES);
  private RepeatedReads connection;
  private BlockDevice device;
  private long last;
  private long started;

  RepeatedRead(LoopState loop) {
    this.loop = loop;
  }

  /**
   * Begins to read; the connection is told by {@link RepeatedReads#ended} or {@link
   * RepeatedReads#failed}.
   *
   * @param first first byte
   * @param last last byte that was asked for
   * @param end byte after the last of the answer
   */
  void start(RepeatedReads connection, BlockDevice device, long first, long last, long end) {
    this.connection = connection;
    this.device = device;
    this.last = last;
    this.started = loop.now();
    loop.requestBegan();
    setClient(connection);
    device.read(this, first, (int) (end - first));
  }

  @Override
  protected void finished(int status) {
    ChannelHandlerContext context = connection.context();
    if (!context.channel().isActive()) {
      end();
    } else if (status != 0) {
      fail(status);
    } else if (!sending.take(device.memory(), null, buffer, buffer.capacity())) {
      fail(BUSY);
    } else {
      if (sending.isCopy()) {
        releaseBuffer();
      }
      answer(context);
    }
  }

  private void answer(ChannelHandlerContext context) {
    ByteBuf lines = head.fresh();
    long complete = device.namespace().capacity();
    loop.answerLines().write(lines, offset(), offset() + length(), complete, loop.date());
    context.write(lines.retain(), context.voidPromise());
    context.writeAndFlush(sending.bytes().retain()).addListener(this);
  }

  /** The answer is in the socket, or never will be. */
  @Override
  public void operationComplete(ChannelFuture written) {
    if (written.isSuccess()) {
      loop.counters().recordRepeated(loop.now() - started);
    }
    end();
  }

  private void end() {
    RepeatedReads told = connection;
    free();
    told.ended();
  }

  private void fail(int status) {
    RepeatedReads told = connection;
    long first = offset();
    free();
    told.failed(first, last, status);
  }

  private void free() {
    setClient(null);
    sending.free();
    releaseBuffer();
    connection = null;
    device = null;
    loop.requestEnded();
    loop.repeatedReads().recycle(this);
  }

  /** Gives up its memory; it is not used again. */
  void dispose() {
    head.dispose();
  }
}
