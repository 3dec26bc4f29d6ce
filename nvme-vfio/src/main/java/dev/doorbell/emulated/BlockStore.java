package dev.doorbell.emulated;

/**
 * What a namespace keeps its data in.
 *
 * <p>Results are statuses as {@link dev.doorbell.nvme.spec.Status} describes them, with 0 for
 * success. The {@code try} methods never wait for a disk: they are called on the driver's event
 * loop, and answer {@link #WOULD_BLOCK} where the work is for a thread that may wait. The caller
 * has checked that the range is within {@link #size}. All methods but {@link #close} may be called
 * by several threads at once; no order is kept between overlapping transfers.
 */
public interface BlockStore extends AutoCloseable {
  /** The attempt would have to wait; nothing that matters has been done. */
  int WOULD_BLOCK = -1;

  /** Size in bytes; constant. */
  long size();

  /** Whether writes are refused; constant. */
  boolean readOnly();

  /** Reads {@code memory.bytes()} bytes from {@code offset} without waiting, or would block. */
  int tryRead(ScatterList memory, long offset);

  /** Writes without waiting, or would block. Durable only after a later successful flush. */
  int tryWrite(ScatterList memory, long offset);

  /** Makes completed writes durable without waiting, or would block. */
  int tryFlush();

  /** Reads {@code memory.bytes()} bytes from byte {@code offset}; may wait. */
  int read(ScatterList memory, long offset);

  /** Writes; may wait. Durable only after a later successful flush. */
  int write(ScatterList memory, long offset);

  /** Makes all writes durable that had completed when it was called; may wait. */
  int flush();

  /**
   * Makes {@code length} bytes from {@code offset} read as zeros; may wait. Durable as a write is.
   *
   * @param deallocate whether the space is to be given back, if the store can
   */
  default int zero(long offset, long length, boolean deallocate) {
    return Zeros.write(this, offset, length);
  }

  /**
   * Gives back the space of {@code length} bytes from {@code offset}, if the store can; may wait.
   * They are nobody's: nothing is read of them before it is written again.
   */
  default void release(long offset, long length) {}

  /** Releases what the store holds; idempotent. Nobody uses the store any more. */
  @Override
  void close();
}
