package dev.doorbell.emulated.zoned;

import java.nio.ByteBuffer;

/**
 * Where zone metadata is kept: a file, or in tests a disk whose power can be cut. For one thread at
 * a time. Results are 0 or {@code -errno}.
 */
interface MetaStorage extends AutoCloseable {
  /** Bytes in it. */
  long size();

  /** Fills {@code length} bytes of a direct buffer from {@code index} on. */
  int read(ByteBuffer into, int index, int length, long position);

  /** Writes {@code length} bytes of a direct buffer; durable after {@link #sync}. */
  int write(ByteBuffer from, int index, int length, long position);

  /** Makes all that was written durable. */
  int sync();

  @Override
  void close();
}
