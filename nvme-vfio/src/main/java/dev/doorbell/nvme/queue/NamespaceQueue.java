package dev.doorbell.nvme.queue;

import dev.doorbell.nvme.spec.CopyRange;
import dev.doorbell.nvme.spec.DatasetRange;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.OptionalCommands;

/**
 * All commands of the NVM command set for one namespace on one I/O queue, in requests of any size.
 *
 * <p>What exceeds the limits of the controller is cut into commands and completes as one. A command
 * that the controller does not offer completes with {@link CommandLimits#NOT_SUPPORTED}. A method
 * that returns false has found no memory in the arena of the queue: nothing was done, try again
 * after {@link dev.doorbell.dma.DmaArena#releases} moved. Belongs to the owner thread of the queue;
 * as many objects as wanted may be made for a queue.
 */
public final class NamespaceQueue {
  private final IoQueue queue;
  private final CommandLimits limits;

  public NamespaceQueue(IoQueue queue, CommandLimits limits) {
    this.queue = queue;
    this.limits = limits;
  }

  public IoQueue queue() {
    return queue;
  }

  public CommandLimits limits() {
    return limits;
  }

  /**
   * Reads into the memory of {@code command}, whose length decides how much.
   *
   * @param lba first logical block
   * @throws IllegalArgumentException if the memory is no multiple of the block size
   */
  public boolean read(SplitCommand command, long lba) {
    return transfer(command, NvmOpcode.READ, lba, 0);
  }

  /**
   * Writes the memory of {@code command}.
   *
   * @param fua whether the completion means that the data is durable (Force Unit Access)
   */
  public boolean write(SplitCommand command, long lba, boolean fua) {
    return transfer(command, NvmOpcode.WRITE, lba, fuaBit(fua));
  }

  /** Compares the memory of {@code command} with the blocks; Compare Failure if they differ. */
  public boolean compare(SplitCommand command, long lba) {
    return offers(command, OptionalCommands.ONCS_COMPARE)
        ? transfer(command, NvmOpcode.COMPARE, lba, 0)
        : unsupported(command);
  }

  /**
   * Writes the second half of the memory of {@code command} if the blocks hold its first half;
   * nothing else comes in between. Compare Failure if they do not.
   *
   * @throws IllegalArgumentException if a half is more than one command takes: this cannot be cut
   */
  public boolean compareAndWrite(SplitCommand command, long lba, boolean fua) {
    if (!limits.compareAndWrite() || queue.pair().entries() < 3) {
      begin(command);
      return unsupported(command);
    }
    long bytes = command.segmentBytes();
    int blocks = blocksOf(bytes / 2, lba);
    if (blocks > limits.transferBlocks() || bytes % 2 != 0) {
      throw new IllegalArgumentException(
          "compare and write of %d bytes; allowed are twice 1 to %d blocks of %d bytes"
              .formatted(bytes, limits.transferBlocks(), limits.blockSize()));
    }
    begin(command);
    command.lba = lba;
    command.blocks = blocks;
    command.flags = fuaBit(fua);
    command.splitter = Splitter.TRANSFER;
    return command.startFused((int) bytes);
  }

  /** Has the controller check that the blocks can be read; no data moves. */
  public boolean verify(SplitCommand command, long lba, long blocks) {
    return offers(command, OptionalCommands.ONCS_VERIFY)
        ? range(command, NvmOpcode.VERIFY, lba, blocks, 0)
        : unsupported(command);
  }

  /**
   * Makes blocks read as zeros.
   *
   * @param deallocate whether their space may be given back, where the namespace can do that with
   *     this command; they read as zeros either way
   */
  public boolean writeZeroes(
      SplitCommand command, long lba, long blocks, boolean deallocate, boolean fua) {
    if (!offers(command, OptionalCommands.ONCS_WRITE_ZEROES)) {
      return unsupported(command);
    }
    boolean mayDeallocate = deallocate && limits.deallocatingZeroes();
    int flags = fuaBit(fua) | (mayDeallocate ? NvmOpcode.CDW12_DEALLOCATE : 0);
    return range(command, NvmOpcode.WRITE_ZEROES, lba, blocks, flags);
  }

  /**
   * Tells the controller that the ranges of {@code command} are no longer needed. What they read as
   * afterwards is for DLFEAT to say.
   */
  public boolean deallocate(SplitCommand command) {
    if (!offers(command, OptionalCommands.ONCS_DATASET_MANAGEMENT)) {
      return unsupported(command);
    }
    command.splitter = Splitter.DEALLOCATE;
    return command.start(DatasetRange.MAX_RANGES * DatasetRange.SIZE);
  }

  /**
   * Copies the ranges of {@code command}, one after the other, to {@code lba} and on.
   *
   * @throws IllegalArgumentException if source and destination overlap: what that would leave
   *     depends on the controller
   */
  public boolean copy(SplitCommand command, long lba, boolean fua) {
    if (!offers(command, OptionalCommands.ONCS_COPY) || limits.copyRangeBlocks() == 0) {
      return unsupported(command);
    }
    requireNoOverlap(command, lba);
    command.splitter = Splitter.COPY;
    command.lba = lba;
    command.flags = fuaBit(fua);
    return command.start(CopyRange.MAX_RANGES * CopyRange.SIZE);
  }

  /**
   * Makes every write of the namespace that has completed before durable. Completes at once where
   * there is no volatile write cache, or it is off.
   */
  public void flush(BlockCommand command) {
    queue.flush(command, limits.nsid());
  }

  private boolean transfer(SplitCommand command, int opcode, long lba, int flags) {
    int blocks = blocksOf(command.segmentBytes(), lba);
    begin(command);
    command.splitter = Splitter.TRANSFER;
    command.opcode = opcode;
    command.lba = lba;
    command.blocks = blocks;
    command.flags = flags;
    if (TransferSplitter.direct(command)) {
      return command.start(0);
    }
    int own = transferMemory(blocks);
    return command.plansMappings() ? command.startMapped(own) : command.start(own);
  }

  private int transferMemory(int blocks) {
    return Math.min(blocks, limits.transferBlocks()) * limits.blockSize();
  }

  private boolean range(SplitCommand command, int opcode, long lba, long blocks, int flags) {
    if (lba < 0 || blocks <= 0 || blocks > Long.MAX_VALUE - lba) {
      throw new IllegalArgumentException("range of " + blocks + " blocks from " + lba);
    }
    command.splitter = Splitter.RANGE;
    command.opcode = opcode;
    command.lba = lba;
    command.blocks = blocks;
    command.flags = flags;
    return command.start(0);
  }

  private int blocksOf(long bytes, long lba) {
    long blocks = bytes / limits.blockSize();
    if (bytes <= 0 || bytes % limits.blockSize() != 0 || blocks > Integer.MAX_VALUE || lba < 0) {
      throw new IllegalArgumentException(
          "%d bytes of memory at block %d; blocks have %d bytes"
              .formatted(bytes, lba, limits.blockSize()));
    }
    return (int) blocks;
  }

  private static void requireNoOverlap(SplitCommand command, long lba) {
    long total = 0;
    for (int i = 0; i < command.ranges(); i++) {
      total = Math.addExact(total, command.rangeBlocks[i]);
    }
    for (int i = 0; i < command.ranges(); i++) {
      long from = command.rangeLba[i];
      if (from < lba + total && lba < from + command.rangeBlocks[i]) {
        throw new IllegalArgumentException(
            "copy of %d blocks from %d to %d: source and destination overlap"
                .formatted(command.rangeBlocks[i], from, lba));
      }
    }
  }

  private boolean offers(SplitCommand command, int bit) {
    begin(command);
    return limits.offers(bit);
  }

  private void begin(SplitCommand command) {
    assert !command.active : "the request is still outstanding";
    command.target = this;
    command.flags = 0;
  }

  private static boolean unsupported(SplitCommand command) {
    command.end(CommandLimits.NOT_SUPPORTED);
    return true;
  }

  private int fuaBit(boolean fua) {
    return fua && queue.writeCache().enabled() ? NvmOpcode.CDW12_FUA : 0;
  }
}
