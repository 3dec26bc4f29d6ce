package dev.doorbell.service.transfer;

import dev.doorbell.service.client.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file as it was thought to be: all data, of a size that it had. */
record FixedExtent(Endpoint file, long size) implements Endpoint {
  @Override
  public String name() {
    return file.name();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    file.read(offset, into);
  }

  @Override
  public Extent nextData(long from) {
    return from < size ? new Extent(from, size - from) : null;
  }

  @Override
  public boolean prepare(long bytes, boolean keep) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void write(long offset, ByteBuffer from) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void zero(Extent extent) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int zeroRun() {
    return file.zeroRun();
  }

  @Override
  public void finish() {}

  @Override
  public void close() throws IOException {
    file.close();
  }
}
