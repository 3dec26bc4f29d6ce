package dev.doorbell.service.transfer;

import java.util.concurrent.atomic.LongAdder;

/** How far a transfer is; counted by its threads, looked at by another. */
public final class Progress {
  private final long total;
  private final LongAdder written = new LongAdder();
  private final LongAdder zeros = new LongAdder();
  private final LongAdder same = new LongAdder();
  private final LongAdder compared = new LongAdder();

  /** Of a transfer of {@code total} bytes. */
  public Progress(long total) {
    this.total = total;
  }

  /** Bytes of the whole transfer. */
  public long total() {
    return total;
  }

  /** Bytes that are done with, in whichever way. */
  public long done() {
    return written.sum() + zeros.sum() + same.sum() + compared.sum();
  }

  /** Bytes that went to the target as data. */
  public long written() {
    return written.sum();
  }

  /** Bytes that are zeros, and were not sent as data. */
  public long zeros() {
    return zeros.sum();
  }

  /** Bytes that the target held already. */
  public long same() {
    return same.sum();
  }

  void addWritten(long bytes) {
    written.add(bytes);
  }

  void addZeros(long bytes) {
    zeros.add(bytes);
  }

  void addSame(long bytes) {
    same.add(bytes);
  }

  void addCompared(long bytes) {
    compared.add(bytes);
  }
}
