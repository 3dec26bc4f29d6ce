package dev.doorbell.emulated;

import dev.doorbell.linux.IoVector;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The host memory of one command, as segments in the order of the data; neighbours are merged.
 *
 * <p>Grows to the largest transfer seen and is then reused without allocation. It refers to the
 * buffers of mapped memory, which keeps that memory reachable while a command is at work on it. For
 * one thread at a time.
 */
public final class ScatterList {
  private static final int INITIAL_SEGMENTS = 4;

  private ByteBuffer[] buffers = new ByteBuffer[INITIAL_SEGMENTS];
  private int[] offsets = new int[INITIAL_SEGMENTS];
  private int[] lengths = new int[INITIAL_SEGMENTS];
  private long[] addresses = new long[INITIAL_SEGMENTS];
  private int count;
  private long bytes;
  private IoVector vector;

  void clear() {
    count = 0;
    bytes = 0;
  }

  /** Appends a segment; the caller has checked that it lies within {@code buffer}. */
  void add(ByteBuffer buffer, long bufferAddress, int offset, int length) {
    int n = count;
    bytes += length;
    if (n > 0 && buffers[n - 1] == buffer && offsets[n - 1] + lengths[n - 1] == offset) {
      lengths[n - 1] += length;
      return;
    }
    if (n == offsets.length) {
      grow();
    }
    buffers[n] = buffer;
    offsets[n] = offset;
    lengths[n] = length;
    addresses[n] = bufferAddress + offset;
    count = n + 1;
  }

  /** Number of segments. */
  public int count() {
    return count;
  }

  /** Sum of the lengths of all segments. */
  public long bytes() {
    return bytes;
  }

  /** The memory segment {@code i} lies in; to be used by absolute access only. */
  public ByteBuffer buffer(int i) {
    return buffers[i];
  }

  /** Where segment {@code i} begins in its buffer. */
  public int offset(int i) {
    return offsets[i];
  }

  /** Bytes of segment {@code i}. */
  public int length(int i) {
    return lengths[i];
  }

  /** The segments for a vectored transfer; valid until the next call. */
  public IoVector vector() {
    IoVector v = vector;
    if (v == null) {
      v = new IoVector(INITIAL_SEGMENTS);
      vector = v;
    }
    v.clear();
    for (int i = 0; i < count; i++) {
      v.add(addresses[i], lengths[i]);
    }
    return v;
  }

  /** Fills all segments: from {@code source} at {@code from} as far as it reaches, then zeros. */
  void copyFrom(ByteBuffer source, int from) {
    int at = from;
    for (int i = 0; i < count; i++) {
      int n = Math.min(lengths[i], source.capacity() - at);
      buffers[i].put(offsets[i], source, at, n);
      at += n;
      for (int rest = n; rest < lengths[i]; rest++) {
        buffers[i].put(offsets[i] + rest, (byte) 0);
      }
    }
  }

  /** Copies the data of all segments to {@code target}, which is at least as long. */
  void copyTo(byte[] target) {
    int at = 0;
    for (int i = 0; i < count; i++) {
      buffers[i].get(offsets[i], target, at, lengths[i]);
      at += lengths[i];
    }
  }

  /** Fills bytes {@code from} to {@code to} of the data with zeros. */
  void zero(long from, long to) {
    long begin = 0;
    for (int i = 0; i < count; i++) {
      long first = Math.max(from, begin);
      long end = Math.min(to, begin + lengths[i]);
      int at = offsets[i] + (int) (first - begin);
      for (long n = first; n < end; n++) {
        buffers[i].put(at++, (byte) 0);
      }
      begin += lengths[i];
    }
  }

  private void grow() {
    int size = offsets.length * 2;
    buffers = Arrays.copyOf(buffers, size);
    offsets = Arrays.copyOf(offsets, size);
    lengths = Arrays.copyOf(lengths, size);
    addresses = Arrays.copyOf(addresses, size);
  }
}
