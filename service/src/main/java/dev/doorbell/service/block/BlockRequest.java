package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.queue.BlockCommand;

/**
 * One command's worth of a byte range on its way through a {@link BlockDevice}.
 *
 * <p>The front end owns the object and may use it again from within {@link #finished}. For a read,
 * {@link #buffer} is set when it succeeded, its indices around just the bytes asked for; for a
 * write the front end takes the buffer by {@link BlockDevice#prepareWrite}. Either way it is the
 * front end's to release. Belongs to the loop's thread.
 */
public abstract class BlockRequest extends BlockCommand {
  /**
   * Status: no memory or slot became free within the limit; nothing was done. Above NVMe's 15 bits.
   */
  public static final int BUSY = 1 << 16;

  /** The memory of the request, or null. */
  protected DmaBuffer buffer;

  BlockDevice device;
  BlockKind kind;
  long offset;
  int length;
  boolean durable;
  long started;

  // Links of WritesInFlight.
  BlockRequest previousInFlight;
  BlockRequest nextInFlight;
  long sequence;

  /** The range lock that a queued aligned write holds, or null on the fast path. */
  RangeLock.Hold hold;

  /**
   * Called once on the loop's thread when the request is done; must not throw.
   *
   * @param status 0, {@link #BUSY}, or as {@link dev.doorbell.nvme.spec.Status} reads it
   */
  protected abstract void finished(int status);

  /** First byte of the range in the namespace. */
  public final long offset() {
    return offset;
  }

  /** Bytes of the range. */
  public final int length() {
    return length;
  }

  /** Releases the buffer, if there is one. */
  public final void releaseBuffer() {
    DmaBuffer held = buffer;
    if (held != null) {
      buffer = null;
      held.release();
    }
  }

  @Override
  protected final void done(int status) {
    device.commandDone(this, status);
  }

  final boolean overlapsBlocks(long begin, long end) {
    return offset < end && begin < offset + length;
  }
}
