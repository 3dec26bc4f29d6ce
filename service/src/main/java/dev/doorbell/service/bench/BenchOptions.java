package dev.doorbell.service.bench;

import dev.doorbell.service.client.Durability;

/**
 * A load.
 *
 * @param size bytes of a request, which begins at a multiple of it
 * @param depth requests under way at once
 * @param readPercent how many of a hundred are reads
 * @param durability of writes
 * @param seed of the offsets
 */
public record BenchOptions(int size, int depth, int readPercent, Durability durability, long seed) {
  /** Checks the numbers. */
  public BenchOptions {
    if (size < 1 || size > 64 << 20) {
      throw new IllegalArgumentException("requests of " + size + " bytes; from 1 to 64MiB");
    }
    if (depth < 1 || depth > 1024) {
      throw new IllegalArgumentException("a depth of " + depth + "; from 1 to 1024");
    }
    if (readPercent < 0 || readPercent > 100) {
      throw new IllegalArgumentException(readPercent + " % reads; from 0 to 100");
    }
  }
}
