package dev.doorbell.service.http;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockRequest;
import dev.doorbell.service.block.MemoryQueue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import java.util.Arrays;

/**
 * A part of a {@link VectoredRead}: some commands, which read into one buffer and whose bytes are
 * sent by one write. Also the listener of that write. Reused; belongs to the loop's thread.
 */
final class ReadBatch implements Handler<AsyncResult<Void>>, MemoryQueue.Waiter {
  private final VectoredRead read;
  private Piece[] pieces = new Piece[0];
  private int count;
  private int outstanding;
  private int memory;
  private int bytes;
  private DmaBuffer buffer;
  private BlockDevice device;
  private Piece failed;
  private final SendBuffer sending = new SendBuffer();
  private boolean busy;
  private long asked;
  private long answered;

  /** Text between the parts; direct, as the socket would copy all of the body otherwise. */
  private ByteBuf text;

  ReadBatch(VectoredRead read) {
    this.read = read;
  }

  /** Begins to plan a batch. */
  void begin(BlockDevice device) {
    this.device = device;
    busy = true;
    count = 0;
    memory = 0;
    bytes = 0;
    failed = null;
  }

  /** Memory that the commands planned so far take. */
  int memoryWith(long offset, int length) {
    return memory + DmaMemory.roundUpToPage(device.readMemory(offset, length));
  }

  /**
   * Adds a command.
   *
   * @param extent whose bytes it reads
   * @param first whether they are its first
   */
  void add(int extent, boolean first, long offset, int length) {
    if (count == pieces.length) {
      pieces = Arrays.copyOf(pieces, Math.max(64, 2 * count));
    }
    Piece piece = pieces[count];
    if (piece == null) {
      piece = new Piece();
      pieces[count] = piece;
    }
    count++;
    piece.extent = extent;
    piece.first = first;
    piece.from = offset;
    piece.bytes = length;
    piece.index = memory;
    memory = memoryWith(offset, length);
    bytes += length;
  }

  /** Whether it has been begun and is not free yet. */
  boolean isBusy() {
    return busy;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Bytes of the extents that the batch reads. */
  int bytes() {
    return bytes;
  }

  /** Asks the drive, at once or when there is memory. */
  void start() {
    outstanding = count;
    DmaBuffer free = device.memory().allocate(memory);
    if (free == null) {
      device.memory().await(this);
    } else {
      memoryArrived(free);
    }
  }

  @Override
  public int bytesWanted() {
    return memory;
  }

  @Override
  public void memoryArrived(DmaBuffer arrived) {
    buffer = arrived;
    asked = System.nanoTime();
    // All in one turn: the block layer sorts and merges them, and rings one doorbell.
    int n = count;
    for (int i = 0; i < n; i++) {
      Piece piece = pieces[i];
      piece.setClient(read.client());
      device.readInto(piece, piece.from, piece.bytes, arrived, piece.index);
    }
  }

  @Override
  public void memoryTimedOut() {
    failForMemory();
    outstanding = 0;
    read.batchRead();
  }

  /**
   * The bytes as the socket gets them.
   *
   * @param body what {@link #octets} or {@link #parts} gave
   * @return null if there is no memory that they may stay in
   */
  ByteBuf toSend(ByteBuf body) {
    if (!sending.take(device.memory(), read.connection(), body, buffer.capacity())) {
      return null;
    }
    if (sending.isCopy()) {
      releaseMemory();
    }
    return sending.bytes();
  }

  /** Whether all its commands have completed. */
  boolean isRead() {
    return outstanding == 0;
  }

  /** Takes it for failed, as there is no memory. */
  void failForMemory() {
    failed = pieces[0];
    failed.status = BlockRequest.BUSY;
  }

  /** Whether one of them failed. */
  boolean hasFailed() {
    return failed != null;
  }

  /** How long the drive took. */
  long nanos() {
    return answered - asked;
  }

  /** Status of the command that failed first. */
  int failedStatus() {
    return failed.status;
  }

  long failedOffset() {
    return failed.from;
  }

  int failedLength() {
    return failed.bytes;
  }

  int failedExtent() {
    return failed.extent;
  }

  /** The bytes of all extents, one after the other; without a copy. */
  ByteBuf octets() {
    int lead = lead(0);
    int end = lead;
    for (int i = 0; i < count; i++) {
      if (start(i) != end) {
        return pieced(null, null, false);
      }
      end += pieces[i].bytes;
    }
    // Whole pages in a row: the buffer as it is.
    return buffer.setIndex(lead, end);
  }

  /**
   * The bytes of all extents with the text between them.
   *
   * @param last whether the batch is the last
   */
  ByteBuf parts(Multipart multipart, Extents extents, boolean last) {
    int most = (count + 1) * Multipart.MOST_TEXT;
    if (text == null || text.capacity() < most) {
      if (text != null) {
        text.release();
      }
      text = Unpooled.directBuffer(most);
    }
    text.clear();
    return pieced(multipart, extents, last);
  }

  /** Netty does not release what it sends for us, so that the buffers may be used again. */
  private ByteBuf pieced(Multipart multipart, Extents extents, boolean last) {
    CompositeByteBuf body =
        new CompositeByteBuf(UnpooledByteBufAllocator.DEFAULT, true, 2 * count + 1);
    int runStart = lead(0);
    int runEnd = runStart;
    for (int i = 0; i < count; i++) {
      Piece piece = pieces[i];
      boolean header = multipart != null && piece.first;
      if (header || start(i) != runEnd) {
        addRun(body, buffer, runStart, runEnd);
        runStart = start(i);
      }
      if (header) {
        int begin = text.writerIndex();
        int extent = piece.extent;
        multipart.part(text, extent == 0, extents.offset(extent), extents.length(extent));
        addRun(body, text, begin, text.writerIndex());
      }
      runEnd = start(i) + piece.bytes;
    }
    addRun(body, buffer, runStart, runEnd);
    if (multipart != null && last) {
      int begin = text.writerIndex();
      multipart.end(text);
      addRun(body, text, begin, text.writerIndex());
    }
    return body;
  }

  private static void addRun(CompositeByteBuf body, ByteBuf from, int begin, int end) {
    if (end > begin) {
      body.addComponent(true, from.slice(begin, end - begin));
    }
  }

  /** Where in the buffer the bytes of a piece begin. */
  private int start(int i) {
    return pieces[i].index + lead(i);
  }

  private int lead(int i) {
    return (int) (pieces[i].from & device.namespace().blockSize() - 1);
  }

  /** The bytes are in the socket, or never will be. */
  @Override
  public void handle(AsyncResult<Void> written) {
    read.batchSent(this, written.succeeded());
  }

  void free() {
    for (int i = 0; i < count; i++) {
      pieces[i].setClient(null);
    }
    count = 0;
    device = null;
    failed = null;
    busy = false;
    sending.free();
    releaseMemory();
  }

  private void releaseMemory() {
    DmaBuffer held = buffer;
    if (held != null) {
      buffer = null;
      held.release();
    }
  }

  /** One command. */
  private final class Piece extends BlockRequest {
    private int extent;
    private boolean first;
    private long from;
    private int bytes;
    private int index;
    private int status;

    @Override
    protected void finished(int status) {
      this.status = status;
      releaseBuffer();
      if (status != 0 && (failed == null || index < failed.index)) {
        failed = this;
      }
      if (--outstanding == 0) {
        answered = System.nanoTime();
        read.batchRead();
      }
    }
  }
}
