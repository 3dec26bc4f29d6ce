package dev.doorbell.service.transfer;

import dev.doorbell.service.client.Extent;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** One end of a copy: a file or a namespace. Reads and writes may come from several threads. */
public interface Endpoint extends Closeable {
  /** As a user knows it. */
  String name();

  /** Bytes that there are. */
  long size() throws IOException;

  /** Fills a buffer; an end before that is an error. */
  void read(long offset, ByteBuffer into) throws IOException;

  /**
   * The next extent, at {@code from} or after it, that may hold other bytes than zeros; null if
   * nothing but zeros follows. For one thread at a time.
   */
  Extent nextData(long from) throws IOException;

  /**
   * Gets ready to take {@code size} bytes.
   *
   * @param keep whether what is there may be a part of what is to come
   * @return whether all of it is known to read as zeros now
   * @throws IOException if it cannot take them; nothing has changed then
   */
  boolean prepare(long size, boolean keep) throws IOException;

  /** Writes all that is left of a buffer. */
  void write(long offset, ByteBuffer from) throws IOException;

  /** Makes bytes read as zeros, and gives their space back where that is possible. */
  void zero(Extent extent) throws IOException;

  /** Runs of zeros shorter than this are not worth a request of their own. */
  int zeroRun();

  /** Makes all that was written durable. */
  void finish() throws IOException;
}
