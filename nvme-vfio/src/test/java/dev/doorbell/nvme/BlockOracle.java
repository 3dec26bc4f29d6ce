package dev.doorbell.nvme;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What each block of a namespace may hold, as the promises of NVMe have it: an acknowledged write
 * is there, a flushed or forced one also after a loss of power, and what was neither is old or new,
 * block by block.
 *
 * <p>The content of a block is made of a version and its number, so that every one of its bytes is
 * checked, and blocks that went to the wrong place are found out.
 */
final class BlockOracle {
  private static final int WORD = 8;

  /** Versions that a read may find now. */
  private final long[][] present;

  /** Versions that may be found after a loss of power; holds those of {@link #present}. */
  private final long[][] durable;

  private final boolean[] writing;
  private final int[] reading;
  private final long[] changedAt;
  private final int blockSize;
  private long lastVersion;

  BlockOracle(int blocks, int blockSize) {
    this.blockSize = blockSize;
    present = new long[blocks][];
    durable = new long[blocks][];
    Arrays.fill(present, new long[1]);
    Arrays.fill(durable, new long[1]);
    writing = new boolean[blocks];
    reading = new int[blocks];
    changedAt = new long[blocks];
  }

  boolean mayWrite(int lba, int count) {
    for (int b = lba; b < lba + count; b++) {
      if (writing[b] || reading[b] > 0) {
        return false;
      }
    }
    return true;
  }

  boolean mayRead(int lba, int count) {
    for (int b = lba; b < lba + count; b++) {
      if (writing[b]) {
        return false;
      }
    }
    return true;
  }

  /** A write goes out. Returns its version. */
  long writeBegins(int lba, int count, long now) {
    long version = ++lastVersion;
    for (int b = lba; b < lba + count; b++) {
      writing[b] = true;
      changedAt[b] = now;
      present[b] = with(present[b], version);
      durable[b] = with(durable[b], version);
    }
    return version;
  }

  void writeSucceeded(int lba, int count, long version, boolean forced, long now) {
    long[] only = {version};
    for (int b = lba; b < lba + count; b++) {
      writing[b] = false;
      changedAt[b] = now;
      present[b] = only;
      if (forced) {
        durable[b] = only;
      }
    }
  }

  /** Old or new. */
  void writeEnded(int lba, int count, long now) {
    for (int b = lba; b < lba + count; b++) {
      writing[b] = false;
      changedAt[b] = now;
    }
  }

  /** The write was never sent: old. */
  void writeNeverBegan(int lba, int count, long version, long now) {
    for (int b = lba; b < lba + count; b++) {
      writing[b] = false;
      changedAt[b] = now;
      present[b] = without(present[b], version);
      durable[b] = without(durable[b], version);
    }
  }

  void readBegins(int lba, int count) {
    for (int b = lba; b < lba + count; b++) {
      reading[b]++;
    }
  }

  void readEnded(int lba, int count) {
    for (int b = lba; b < lba + count; b++) {
      reading[b]--;
    }
  }

  /** What was written before {@code begun}, and not since, is durable as it is. */
  void flushed(long begun) {
    for (int b = 0; b < present.length; b++) {
      if (!writing[b] && changedAt[b] < begun) {
        durable[b] = present[b];
      }
    }
  }

  void powerLost(long now) {
    for (int b = 0; b < present.length; b++) {
      present[b] = durable[b];
      changedAt[b] = now;
    }
  }

  void fill(ByteBuffer buffer, int lba, int count, long version) {
    for (int b = 0; b < count; b++) {
      for (int i = 0; i < blockSize; i += WORD) {
        buffer.putLong(b * blockSize + i, word(version, lba + b, i));
      }
    }
  }

  /** Checks what was read; from then on the blocks are known to be that. */
  void check(ByteBuffer buffer, int lba, int count) {
    for (int b = 0; b < count; b++) {
      int block = lba + b;
      long version = buffer.getLong(b * blockSize);
      for (int i = WORD; i < blockSize; i += WORD) {
        if (buffer.getLong(b * blockSize + i) != word(version, block, i)) {
          throw new AssertionError(
              "block %d is neither old nor new: byte %d does not belong to version %d"
                  .formatted(block, i, version));
        }
      }
      if (!contains(present[block], version)) {
        throw new AssertionError(
            "block %d holds version %d, it may hold %s"
                .formatted(block, version, Arrays.toString(present[block])));
      }
      if (present[block].length > 1) {
        present[block] = new long[] {version};
      }
    }
  }

  /** The first word is the version itself, those of version 0 are zeros as on a new drive. */
  private static long word(long version, int block, int i) {
    return i == 0 || version == 0 ? version : version * 0x9E3779B97F4A7C15L + block * 31L + i;
  }

  private static boolean contains(long[] versions, long version) {
    for (long v : versions) {
      if (v == version) {
        return true;
      }
    }
    return false;
  }

  private static long[] with(long[] versions, long version) {
    long[] more = Arrays.copyOf(versions, versions.length + 1);
    more[versions.length] = version;
    return more;
  }

  private static long[] without(long[] versions, long version) {
    return Arrays.stream(versions).filter(v -> v != version).toArray();
  }
}
