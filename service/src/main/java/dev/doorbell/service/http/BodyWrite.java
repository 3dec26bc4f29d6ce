package dev.doorbell.service.http;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockRequest;
import dev.doorbell.service.block.MemoryQueue;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * What requests have in common whose body is written to a drive: how the body comes, how a command
 * gets its part of it, and how the request ends.
 *
 * <p>A command takes memory of the drive only when all that it writes is here, so that a client who
 * dribbles its body holds none. A request whose commands wait is paused. Belongs to the loop's
 * thread.
 */
abstract class BodyWrite implements BodyRoom.Waiter, ConnectionMemory.Waiter {
  final LoopState loop;
  final HttpServerRequest request;
  final HttpServerResponse response;
  final BlockDevice device;
  final long started;

  /** What has come and is in no command yet. */
  final BodyParts body = new BodyParts();

  /** Commands that have memory, or wait for it. */
  private int inUse;

  private Piece waiting;
  private Piece free;

  /** What the connection holds, or null: over HTTP/1.1 one request at a time is bound enough. */
  private final ConnectionMemory connection;

  private long room;
  private boolean waitsForRoom;
  private boolean paused;
  private boolean complete;
  private boolean over;
  private boolean gone;
  private boolean settled;
  private Problem failure;

  BodyWrite(LoopState loop, HttpServerRequest request, BlockDevice device) {
    this.loop = loop;
    this.request = request;
    this.response = request.response();
    this.device = device;
    this.started = loop.now();
    this.connection =
        request.version() == HttpVersion.HTTP_2
            ? ReadBudget.of(request.connection()).memory()
            : null;
  }

  /** More has come: null, or why the body is refused. */
  abstract Problem came(ByteBuf part);

  /** Does what can be done with what is here. */
  abstract void proceed();

  /** Sends a command that has its bytes. */
  abstract void send(Piece piece);

  /** A command has succeeded. */
  void pieceDone(Piece piece) {}

  /** A command has failed: why the request fails, or null if it goes on for now. */
  abstract Problem pieceFailed(Piece piece, int status);

  /** A command found no memory in time, so that none is sent any more. */
  void neverSent() {}

  /** A command, for the client. */
  abstract String describe(Piece piece);

  /** All commands have come back, and no more will follow; ends in {@link #answerFailure}. */
  abstract void settle();

  /** Starts to take the body in. */
  void start() {
    begin();
  }

  private void begin() {
    loop.requestBegan();
    request.exceptionHandler(e -> clientGone());
    response.closeHandler(v -> clientGone());
    request.endHandler(v -> bodyEnded());
    request.handler(this::bodyPart);
  }

  /** Starts when there is room for a body of so many bytes. */
  final void startWithRoom(long bytes) {
    begin();
    room = bytes;
    if (!loop.room().take(bytes, mostRoom())) {
      waitsForRoom = true;
      pause();
      ConnectionBase connection = (ConnectionBase) request.connection();
      loop.room().await(this, bytes, mostRoom(), connection.channel().eventLoop());
    }
  }

  /** Makes sure that there is room for so many bytes, by doubling it; false if there is none. */
  final boolean growTo(long bytes) {
    if (bytes > room) {
      long more = Math.max(bytes - room, room);
      if (!loop.room().grow(more, mostRoom())) {
        return false;
      }
      room += more;
    }
    return true;
  }

  private long mostRoom() {
    return device.memory().arenaBytes() / 2;
  }

  @Override
  public final void roomCame() {
    waitsForRoom = false;
    resume();
  }

  @Override
  public final void roomTimedOut() {
    waitsForRoom = false;
    room = 0;
    fail(noRoom());
  }

  /** That other bodies have all the memory there is for those that are held as a whole. */
  static Problem noRoom() {
    return Problem.of(
        503,
        "Service Unavailable",
        "the memory for bodies that are checked before they are written, or appended at once, is"
            + " taken; nothing was written, retry");
  }

  private void bodyPart(Buffer part) {
    if (over) {
      return;
    }
    Problem problem = came(((BufferInternal) part).getByteBuf());
    if (problem != null) {
      fail(problem);
    } else {
      proceed();
    }
  }

  private void bodyEnded() {
    complete = true;
    if (!over) {
      proceed();
    }
  }

  /** Keeps a part until a command takes it. */
  final void keep(ByteBuf part) {
    loop.bodyBytes(part.readableBytes());
    body.add(part);
  }

  /**
   * Gives a command the next bytes of the body and sends it; or when there is memory: then the
   * request is paused until then, and {@link #isWaiting}.
   *
   * @param extent of the request that they belong to
   * @param offset where they go
   * @param n how many, all of them here
   */
  final void submit(int extent, long offset, int n) {
    Piece piece = piece();
    piece.extent = extent;
    piece.begin = offset;
    piece.bytes = n;
    piece.memory = device.writeMemory(offset, n);
    piece.setClient(request.connection());
    if (connection == null || connection.take(piece.memory)) {
      allocate(piece);
    } else {
      waiting = piece;
      pause();
      connection.await(this);
    }
  }

  private Piece piece() {
    inUse++;
    Piece piece = free;
    if (piece == null) {
      return new Piece();
    }
    free = piece.next;
    return piece;
  }

  /** Others of the connection have been written. */
  @Override
  public final boolean tryAgain() {
    Piece piece = waiting;
    if (!connection.takeNext(piece.memory)) {
      return false;
    }
    waiting = null;
    allocate(piece);
    if (!over) {
      proceed();
    }
    return true;
  }

  private void allocate(Piece piece) {
    piece.taken = true;
    DmaBuffer memory = device.memory().allocate(piece.memory);
    if (memory == null) {
      waiting = piece;
      pause();
      device.memory().await(piece);
    } else {
      fill(piece, memory);
    }
  }

  /** Its memory is free again, or will not be needed. */
  private void release(Piece piece) {
    piece.releaseBuffer();
    piece.next = free;
    free = piece;
    inUse--;
    if (piece.taken) {
      piece.taken = false;
      if (connection != null) {
        connection.wrote(piece.memory);
      }
    }
  }

  private void fill(Piece piece, DmaBuffer memory) {
    loop.bodyBytes(-piece.bytes);
    int index = device.prepareWrite(piece, piece.begin, memory);
    body.moveTo(memory, index, piece.bytes);
    send(piece);
  }

  /** Makes what has been written durable, by a command of no bytes. */
  final void flush() {
    Piece piece = piece();
    piece.extent = -1;
    piece.bytes = 0;
    piece.setClient(request.connection());
    device.flush(piece);
  }

  /** Commands that have not come back. */
  final int inUse() {
    return inUse;
  }

  /** Whether a command waits for memory: nothing may overtake it. */
  final boolean isWaiting() {
    return waiting != null;
  }

  /** Whether all of the body has come. */
  final boolean isComplete() {
    return complete;
  }

  /** Whether the request has ended, well or not, but for its commands. */
  final boolean isOver() {
    return over;
  }

  /** What it failed for, or null. */
  final Problem failure() {
    return failure;
  }

  /** Whether there is somebody to answer. */
  final boolean isHeard() {
    return !gone && !response.closed();
  }

  final void pause() {
    if (!paused && !complete) {
      paused = true;
      request.pause();
    }
  }

  final void resume() {
    if (paused) {
      paused = false;
      readOn();
    }
  }

  /** A request whose end has been seen must not be resumed: HTTP/2's throws. */
  private void readOn() {
    if (!complete) {
      request.resume();
    }
  }

  /** Ends the request with a problem, once, after the commands in flight have come back. */
  final void fail(Problem problem) {
    if (failure == null) {
      failure = problem;
    }
    end();
  }

  private void clientGone() {
    gone = true;
    if (!over) {
      end();
    }
  }

  /** Ends the request: no further command is sent. */
  final void end() {
    over = true;
    loop.bodyBytes(-body.bytes());
    body.clear();
    if (waitsForRoom) {
      waitsForRoom = false;
      room = 0;
      loop.room().forget(this);
    }
    if (waiting != null) {
      Piece piece = waiting;
      waiting = null;
      if (piece.taken) {
        device.memory().forget(piece);
      } else {
        connection.forget(this);
      }
      release(piece);
    }
    settleIfIdle();
  }

  private void settleIfIdle() {
    if (inUse == 0 && !settled) {
      settled = true;
      settle();
    }
  }

  /** Answers with what it failed for, if with anything, and lets go. */
  final void answerFailure() {
    if (failure != null && isHeard()) {
      paused = false;
      readOn();
      sendFailure(failure);
      record(failure.status());
    }
    if (room > 0) {
      loop.room().giveBack(room);
    }
    loop.requestEnded();
  }

  void sendFailure(Problem problem) {
    problem.send(request);
  }

  final void record(int status) {
    loop.counters().record(request.method().name(), status, loop.now() - started);
  }

  private void ended(Piece piece, int status) {
    release(piece);
    if (status == 0) {
      pieceDone(piece);
    } else {
      Problem problem = pieceFailed(piece, status);
      if (problem != null) {
        fail(problem);
        return;
      }
    }
    if (over) {
      settleIfIdle();
    } else {
      proceed();
    }
  }

  /** One command's part of the body; or the flush, which has none. */
  final class Piece extends BlockRequest implements MemoryQueue.Waiter {
    private int extent;
    private long begin;
    private int bytes;
    private int memory;

    /** Whether its memory counts as its connection's. */
    private boolean taken;

    /** Of those that are free. */
    private Piece next;

    /** The extent of the request that its bytes belong to; -1 of a flush. */
    int extent() {
      return extent;
    }

    /** Where its bytes go. */
    long begin() {
      return begin;
    }

    /** How many they are; 0 of a flush. */
    int size() {
      return bytes;
    }

    /** Number of the block where it begins. */
    long lba() {
      return begin / device.namespace().blockSize();
    }

    @Override
    protected void finished(int status) {
      ended(this, status);
    }

    @Override
    public int bytesWanted() {
      return memory;
    }

    @Override
    public void memoryArrived(DmaBuffer arrived) {
      waiting = null;
      fill(this, arrived);
      if (!over) {
        proceed();
      }
    }

    @Override
    public void memoryTimedOut() {
      waiting = null;
      release(this);
      neverSent();
      fail(Problem.ofDrive(describe(this), BUSY, true));
    }
  }
}
