package dev.doorbell.service.http;

import java.util.Random;

/** Random numbers whose seed is printed, so that a failure can be had again. */
final class Seeded {
  private static final String PROPERTY = "doorbell.test.seed";

  private Seeded() {}

  /** From {@code -Ddoorbell.test.seed}, or of this moment. */
  static Random random(String what) {
    long seed = Long.getLong(PROPERTY, System.nanoTime());
    System.out.println(what + ": -D" + PROPERTY + "=" + seed);
    return new Random(seed);
  }

  /** The same bytes for the same seed. */
  static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
