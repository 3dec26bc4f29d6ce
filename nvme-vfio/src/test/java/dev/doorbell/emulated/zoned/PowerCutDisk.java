package dev.doorbell.emulated.zoned;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Random;

/**
 * A disk that loses power: sectors of 512 bytes written since the last sync are then each old or
 * new.
 */
final class PowerCutDisk implements MetaStorage {
  static final int SECTOR = 512;

  /** The power, which may be about to fail; shared by all disks of a machine. */
  static final class Power {
    private int stepsLeft = Integer.MAX_VALUE;

    /** Lets the power fail at the {@code steps}th write or sync from now, 1 being the next. */
    void failIn(int steps) {
      stepsLeft = steps;
    }

    void restore() {
      stepsLeft = Integer.MAX_VALUE;
    }

    private boolean failsNow() {
      return stepsLeft != Integer.MAX_VALUE && --stepsLeft <= 0;
    }
  }

  /** Thrown out of the write or sync in which the power failed. */
  static final class PowerLost extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final Power power;
  private final ByteBuffer current;
  private final ByteBuffer durable;
  private final BitSet unsynced = new BitSet();

  PowerCutDisk(Power power, int bytes) {
    this.power = power;
    this.current = ByteBuffer.allocate(bytes);
    this.durable = ByteBuffer.allocate(bytes);
  }

  @Override
  public long size() {
    return current.capacity();
  }

  @Override
  public int read(ByteBuffer into, int index, int length, long position) {
    into.put(index, current, (int) position, length);
    return 0;
  }

  @Override
  public int write(ByteBuffer from, int index, int length, long position) {
    current.put((int) position, from, index, length);
    int first = (int) (position / SECTOR);
    int end = (int) ((position + length + SECTOR - 1) / SECTOR);
    unsynced.set(first, end);
    if (power.failsNow()) {
      throw new PowerLost();
    }
    return 0;
  }

  @Override
  public int sync() {
    if (power.failsNow()) {
      throw new PowerLost();
    }
    unsynced.stream().forEach(s -> durable.put(s * SECTOR, current, s * SECTOR, SECTOR));
    unsynced.clear();
    return 0;
  }

  /** What is left after a loss of power. */
  void cut(Random random) {
    unsynced.stream()
        .filter(s -> random.nextBoolean())
        .forEach(s -> durable.put(s * SECTOR, current, s * SECTOR, SECTOR));
    unsynced.clear();
    current.put(0, durable, 0, durable.capacity());
  }

  /** The bytes as they are now, to look at or to damage. */
  ByteBuffer bytes() {
    return current;
  }

  @Override
  public void close() {}
}
