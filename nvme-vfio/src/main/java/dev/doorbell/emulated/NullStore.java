package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Status;

/**
 * A store that keeps nothing, for benchmarks: writes are dropped, reads leave memory as it is. What
 * a command then costs is what driver and controller cost.
 */
public final class NullStore implements BlockStore {
  private final long size;

  /**
   * @param size in bytes, at least 1
   */
  public NullStore(long size) {
    if (size <= 0) {
      throw new IllegalArgumentException("size: " + size + ", must be at least 1");
    }
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public int tryRead(ScatterList memory, long offset) {
    return Status.SUCCESS;
  }

  @Override
  public int tryWrite(ScatterList memory, long offset) {
    return Status.SUCCESS;
  }

  @Override
  public int tryFlush() {
    return Status.SUCCESS;
  }

  @Override
  public int read(ScatterList memory, long offset) {
    return Status.SUCCESS;
  }

  @Override
  public int write(ScatterList memory, long offset) {
    return Status.SUCCESS;
  }

  @Override
  public int flush() {
    return Status.SUCCESS;
  }

  @Override
  public int zero(long offset, long length, boolean deallocate) {
    return Status.SUCCESS;
  }

  @Override
  public void close() {}
}
