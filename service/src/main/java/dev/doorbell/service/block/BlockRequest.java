package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;

/**
 * One command's worth of a byte range on its way through a {@link BlockDevice}.
 *
 * <p>The front end owns the object and may use it again from within {@link #finished}. For a read,
 * {@link #buffer} is set when it succeeded, its indices around just the bytes asked for; for a
 * write the front end takes the buffer by {@link BlockDevice#prepareWrite}. Either way it is the
 * front end's to release. Belongs to the loop's thread.
 */
public abstract class BlockRequest extends LoopCommand {
  /**
   * Status: no memory or slot became free within the limit; nothing was done. Above NVMe's 15 bits.
   */
  public static final int BUSY = BlockStatus.BUSY;

  /** The memory of the request, or null. */
  protected DmaBuffer buffer;

  /** Where in the buffer its first block is; other than 0 only in memory that is lent. */
  int memoryIndex;

  /** Whether the memory is the front end's, who shares it between requests. */
  boolean lent;

  BlockDevice device;
  BlockKind kind;
  long offset;
  long length;
  boolean durable;
  long started;

  /** Place in the order of the loop's requests. */
  long order;

  /** Whose request it is, among those who share a rate; or null. */
  Object client;

  // Cold: of range operations, and after failures.
  boolean mayUnmap;
  int ranges;
  long[] rangeOffsets;
  long[] rangeLengths;
  int keptStatus;
  ReadModifyWrite readModifyWrite;
  CompareAndWrite compareAndWrite;

  // Links of WritesInFlight.
  BlockRequest previousInFlight;
  BlockRequest nextInFlight;
  long sequence;

  /** The range that a write holds which had to queue for it, or null on the fast path. */
  RangeLock.Hold hold;

  /**
   * Called once on the loop's thread when the request is done; must not throw.
   *
   * @param status 0, one of {@link BlockStatus}, or as {@link dev.doorbell.nvme.spec.Status} reads
   *     it
   */
  protected abstract void finished(int status);

  /** First byte of the range in the namespace. */
  public final long offset() {
    return offset;
  }

  /** Bytes of the range of a read, write or compare. */
  public final int length() {
    return (int) length;
  }

  /** Bytes of the range, whatever the operation. */
  public final long bytes() {
    return length;
  }

  /** Of an append that has succeeded: where in the namespace its first byte went. */
  public final long appendedAt() {
    return result() * device.namespace().blockSize();
  }

  /**
   * Of a compare-and-write that ended with Compare Failure: the first byte in the namespace that
   * was not as expected, or -1 if it was so again when looked for.
   */
  public final long firstDifference() {
    return compareAndWrite.firstDifference();
  }

  /**
   * Says whose request it is: under a rate limit, clients of a loop take turns.
   *
   * @param who compared by identity; null for nobody in particular
   */
  public final void setClient(Object who) {
    client = who;
  }

  /** Releases the buffer, if there is one; memory that is lent is only forgotten. */
  public final void releaseBuffer() {
    DmaBuffer held = buffer;
    if (held != null) {
      buffer = null;
      if (!lent) {
        held.release();
      }
    }
  }

  @Override
  protected final void done(int status) {
    device.commandDone(this, status);
  }

  /** Whether it has come as far as the drive, or the range that it needs. */
  final boolean hasBegun() {
    return keptStatus != 0 || readModifyWrite != null || hold != null;
  }

  final boolean overlapsBlocks(long begin, long end) {
    return offset < end && begin < offset + length;
  }
}
