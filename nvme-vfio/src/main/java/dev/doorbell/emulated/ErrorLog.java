package dev.doorbell.emulated;

import java.nio.ByteBuffer;

/**
 * The Error Information log (NVMe Base 1.4, 5.14.1.1): the latest failed commands, latest first, in
 * entries of 64 bytes. Safe for use by several threads.
 */
final class ErrorLog {
  static final int ENTRIES = 16;
  private static final int ENTRY = 64;
  static final int SIZE = ENTRIES * ENTRY;

  private final int[] sqids = new int[ENTRIES];
  private final int[] cids = new int[ENTRIES];
  private final int[] statuses = new int[ENTRIES];
  private final long[] lbas = new long[ENTRIES];
  private final int[] nsids = new int[ENTRIES];
  private long count;

  synchronized void record(int sqid, int cid, int status, int nsid, long lba) {
    int slot = (int) (count % ENTRIES);
    sqids[slot] = sqid;
    cids[slot] = cid;
    statuses[slot] = status;
    nsids[slot] = nsid;
    lbas[slot] = lba;
    count++;
  }

  /** How many errors there were in the life of the controller. */
  synchronized long count() {
    return count;
  }

  /** Writes the log to the start of a zeroed little-endian buffer of at least {@link #SIZE}. */
  synchronized void write(ByteBuffer b) {
    for (int i = 0; i < ENTRIES && i < count; i++) {
      int slot = (int) ((count - 1 - i) % ENTRIES);
      int at = i * ENTRY;
      b.putLong(at, count - i);
      b.putShort(at + 8, (short) sqids[slot]);
      b.putShort(at + 10, (short) cids[slot]);
      // The status field as in dword 3 of a completion: above the phase tag.
      b.putShort(at + 12, (short) (statuses[slot] << 1));
      // FFFFh: the error is not tied to one parameter of the command.
      b.putShort(at + 14, (short) 0xFFFF);
      b.putLong(at + 16, lbas[slot]);
      b.putInt(at + 24, nsids[slot]);
    }
  }
}
