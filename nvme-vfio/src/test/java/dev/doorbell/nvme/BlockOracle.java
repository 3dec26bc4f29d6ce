package dev.doorbell.nvme;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What each block of a namespace may hold, as the promises of NVMe have it: an acknowledged write
 * is there, a flushed or forced one also after a loss of power, and what was neither is old or new,
 * block by block.
 *
 * <p>The content of a block that was written is made of a version and its number, so that every one
 * of its bytes is checked, and blocks that went to the wrong place are found out. Content {@link
 * #ZEROS} is that of a new drive; that of a copied block is the content of its source.
 */
final class BlockOracle {
  static final long ZEROS = 0;

  private static final int WORD = 8;

  /** Bits of a content that are the number of the block it was made for. */
  private static final int BLOCK_BITS = 16;

  /** Contents that a read may find now. */
  private final long[][] present;

  /** Contents that may be found after a loss of power; holds those of {@link #present}. */
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

  /** Whether what the blocks hold is certain, and a loss of power would not change it. */
  boolean isCertain(int lba, int count) {
    for (int b = lba; b < lba + count; b++) {
      if (writing[b] || present[b].length > 1 || !Arrays.equals(present[b], durable[b])) {
        return false;
      }
    }
    return true;
  }

  /** What a block certainly holds. */
  long content(int block) {
    return present[block][0];
  }

  /** New contents for the blocks from {@code lba} on. */
  long[] newContents(int lba, int count) {
    lastVersion++;
    long[] contents = new long[count];
    for (int i = 0; i < count; i++) {
      contents[i] = lastVersion << BLOCK_BITS | lba + i;
    }
    return contents;
  }

  /** A command goes out that gives blocks the contents. */
  void writeBegins(int lba, long[] contents, long now) {
    for (int i = 0; i < contents.length; i++) {
      int b = lba + i;
      writing[b] = true;
      changedAt[b] = now;
      present[b] = with(present[b], contents[i]);
      durable[b] = with(durable[b], contents[i]);
    }
  }

  void writeSucceeded(int lba, long[] contents, boolean forced, long now) {
    for (int i = 0; i < contents.length; i++) {
      int b = lba + i;
      writing[b] = false;
      changedAt[b] = now;
      present[b] = new long[] {contents[i]};
      if (forced) {
        durable[b] = present[b];
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

  /** Nothing was written: old. Only for {@link #newContents}, which no block had before. */
  void writeNeverBegan(int lba, long[] contents, long now) {
    for (int i = 0; i < contents.length; i++) {
      int b = lba + i;
      writing[b] = false;
      changedAt[b] = now;
      present[b] = without(present[b], contents[i]);
      durable[b] = without(durable[b], contents[i]);
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

  /** Writes contents as blocks hold them. */
  void fill(ByteBuffer buffer, long[] contents) {
    for (int b = 0; b < contents.length; b++) {
      for (int i = 0; i < blockSize; i += WORD) {
        buffer.putLong(b * blockSize + i, word(contents[b], i));
      }
    }
  }

  /** Checks what was read; from then on the blocks are known to be that. */
  void check(ByteBuffer buffer, int lba, int count) {
    for (int b = 0; b < count; b++) {
      int block = lba + b;
      long content = buffer.getLong(b * blockSize);
      for (int i = WORD; i < blockSize; i += WORD) {
        if (buffer.getLong(b * blockSize + i) != word(content, i)) {
          throw new AssertionError(
              "block %d is neither old nor new: byte %d does not belong to %s"
                  .formatted(block, i, name(content)));
        }
      }
      if (!contains(present[block], content)) {
        throw new AssertionError(
            "block %d holds %s, it may hold %s"
                .formatted(
                    block,
                    name(content),
                    Arrays.stream(present[block]).mapToObj(BlockOracle::name).toList()));
      }
      if (present[block].length > 1) {
        present[block] = new long[] {content};
      }
    }
  }

  private static String name(long content) {
    return content == ZEROS
        ? "zeros"
        : "version %d of block %d"
            .formatted(content >>> BLOCK_BITS, content & (1 << BLOCK_BITS) - 1);
  }

  /** The first word is the content itself. */
  private static long word(long content, int i) {
    return i == 0 || content == ZEROS ? content : content * 0x9E3779B97F4A7C15L + i;
  }

  private static boolean contains(long[] contents, long content) {
    for (long c : contents) {
      if (c == content) {
        return true;
      }
    }
    return false;
  }

  private static long[] with(long[] contents, long content) {
    if (contains(contents, content)) {
      return contents;
    }
    long[] more = Arrays.copyOf(contents, contents.length + 1);
    more[contents.length] = content;
    return more;
  }

  private static long[] without(long[] contents, long content) {
    return Arrays.stream(contents).filter(c -> c != content).toArray();
  }
}
