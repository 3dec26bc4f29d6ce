package dev.doorbell.service.transfer;

import dev.doorbell.service.client.Completion;
import dev.doorbell.service.client.Durability;
import dev.doorbell.service.client.Extent;
import dev.doorbell.service.client.NotFoundException;
import dev.doorbell.service.client.RemoteNamespace;
import dev.doorbell.service.client.UnsupportedRequestException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A namespace of a service. Writes are volatile, and flushed once at the end; where the service
 * offers no flush, each is durable.
 */
public final class NamespaceEndpoint implements Endpoint {
  private static final int ZERO_RUN = 64 << 10;

  private final RemoteNamespace namespace;
  private Durability durability = Durability.DURABLE;
  private volatile boolean writesZeroes = true;

  /** The namespace and its client stay the caller's. */
  public NamespaceEndpoint(RemoteNamespace namespace) {
    this.namespace = namespace;
  }

  @Override
  public String name() {
    return namespace.info().name();
  }

  @Override
  public long size() {
    return namespace.info().capacity();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    Completion.await(namespace.read(offset, into));
  }

  @Override
  public Extent nextData(long from) {
    return from < size() ? new Extent(from, size() - from) : null;
  }

  @Override
  public boolean prepare(long size, boolean keep) throws IOException {
    if (namespace.info().readOnly()) {
      throw new IOException("namespace " + name() + " is read-only: nothing was written");
    }
    if (namespace.info().zoned()) {
      throw new IOException(
          "namespace " + name() + " is zoned: its zones are written in order only, by appends");
    }
    if (size > size()) {
      throw new IOException(
          "namespace %s has room for %d bytes, %d are to be copied: nothing was written"
              .formatted(name(), size(), size));
    }
    if (known(() -> Completion.await(namespace.flush()))) {
      durability = Durability.VOLATILE;
    }
    return false;
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    Completion.await(namespace.write(offset, from, durability));
  }

  @Override
  public void zero(Extent extent) throws IOException {
    int block = namespace.info().blockSize();
    boolean aligned = extent.offset() % block == 0 && extent.length() % block == 0;
    if (aligned && writesZeroes) {
      writesZeroes = known(() -> Completion.await(namespace.writeZeroes(extent, durability)));
      if (writesZeroes) {
        return;
      }
    }
    Zeros.write(this, extent);
  }

  @Override
  public int zeroRun() {
    return ZERO_RUN;
  }

  @Override
  public void finish() throws IOException {
    if (durability == Durability.VOLATILE) {
      Completion.await(namespace.flush());
    }
  }

  @Override
  public void close() {}

  private interface Action {
    void run() throws IOException;
  }

  /** Does something that services of other versions may not know. */
  private static boolean known(Action action) throws IOException {
    try {
      action.run();
      return true;
    } catch (NotFoundException | UnsupportedRequestException e) {
      return false;
    }
  }
}
