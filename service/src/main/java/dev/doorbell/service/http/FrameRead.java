package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockRequest;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * One of {@link FrameReads}: its command, and its answer until the socket has that. Reused by its
 * loop; belongs to its thread.
 */
final class FrameRead extends BlockRequest implements ChannelFutureListener, ReadBudget.Waiter {
  private final LoopState loop;
  private final SendBuffer sending = new SendBuffer();
  private final HeadBuffer head = new HeadBuffer(AnswerHead.MOST_BYTES);
  private final DataFrames data = new DataFrames();
  private FrameReads connection;
  private Http2Stream stream;
  private Http2Headers fields;
  private BlockDevice device;
  private long first;
  private int wanted;
  private long started;

  FrameRead(LoopState loop) {
    this.loop = loop;
  }

  /**
   * Begins to read as soon as the connection's budget allows.
   *
   * @param stream open, and kept from Vert.x
   * @param fields of the request, for Vert.x if it is to answer
   * @param first first byte
   * @param length bytes of the answer, one command's
   */
  void start(
      FrameReads connection,
      Http2Stream stream,
      Http2Headers fields,
      BlockDevice device,
      long first,
      int length) {
    this.connection = connection;
    this.stream = stream;
    this.fields = fields;
    this.device = device;
    this.first = first;
    this.wanted = length;
    this.started = loop.now();
    loop.requestBegan();
    read();
  }

  private void read() {
    if (connection.budget().take(wanted)) {
      setClient(connection.client());
      device.read(this, first, wanted);
    } else {
      connection.budget().await(this);
    }
  }

  @Override
  public int nextLength() {
    return wanted;
  }

  @Override
  public void resume() {
    if (isClosed()) {
      end();
    } else if (connection.scarce(device)) {
      pass(0);
    } else {
      read();
    }
  }

  @Override
  protected void finished(int status) {
    connection.budget().answered(wanted);
    if (isClosed()) {
      end();
    } else if (status != 0) {
      pass(status);
    } else if (!connection.frames().takesHead()) {
      pass(0);
    } else if (!sending.take(
        device.memory(), connection.budget().memory(), buffer, buffer.capacity())) {
      pass(BUSY);
    } else {
      if (sending.isCopy()) {
        releaseBuffer();
      }
      connection.budget().writes(wanted);
      answer();
    }
  }

  private boolean isClosed() {
    return !FrameConnection.isWritable(stream);
  }

  private void answer() {
    ByteBuf frame = head.fresh();
    long complete = device.namespace().capacity();
    loop.answerHead().write(frame, stream.id(), true, first, first + wanted, complete, loop.date());
    data.send(connection.frames(), stream, frame.retain(), sending.bytes(), true, this);
  }

  /** The answer is in the socket, or never will be. */
  @Override
  public void operationComplete(ChannelFuture written) {
    if (written.isSuccess()) {
      loop.counters().recordRepeated(loop.now() - started);
    }
    end();
  }

  private void pass(int status) {
    FrameReads told = connection;
    Http2Stream passed = stream;
    Http2Headers request = fields;
    end();
    told.pass(passed, request, status);
  }

  private void end() {
    setClient(null);
    sending.free();
    releaseBuffer();
    connection = null;
    stream = null;
    fields = null;
    device = null;
    loop.requestEnded();
    loop.frameReads().recycle(this);
  }

  /** Gives up its memory; it is not used again. */
  void dispose() {
    head.dispose();
  }
}
