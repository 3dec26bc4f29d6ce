package dev.doorbell.nvme.queue;

import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;

/**
 * What a controller takes for one namespace: which commands there are, and how large each may be.
 *
 * @param nsid 1 to FFFFFFFEh
 * @param blockSize logical block size in bytes, a power of two
 * @param transferBytes the most data of one command; at least one block
 * @param commands ONCS, as {@link dev.doorbell.nvme.spec.OptionalCommands} has it
 * @param compareAndWrite whether FUSES offers it
 * @param deallocatingZeroes whether Write Zeroes can deallocate (DLFEAT)
 * @param zeroesBlocks the most blocks of one Write Zeroes, 1 to 65 536
 * @param verifyBlocks the most blocks of one Verify, 1 to 65 536
 * @param datasetRanges the most ranges of one Dataset Management, 1 to 256
 * @param datasetRangeBlocks the most blocks of one of its ranges, 1 to 2^32 − 1
 * @param datasetBlocks the most blocks of all of its ranges, at least 1
 * @param copyRanges the most source ranges of one Copy, 1 to 256
 * @param copyRangeBlocks the most blocks of one of them, 0 (no Copy) to 65 536
 * @param copyBlocks the most blocks of all of them
 */
public record CommandLimits(
    int nsid,
    int blockSize,
    int transferBytes,
    int commands,
    boolean compareAndWrite,
    boolean deallocatingZeroes,
    int zeroesBlocks,
    int verifyBlocks,
    int datasetRanges,
    long datasetRangeBlocks,
    long datasetBlocks,
    int copyRanges,
    int copyRangeBlocks,
    long copyBlocks) {
  /**
   * Status of a command that the controller does not offer, without asking it: what it would have
   * said itself.
   */
  public static final int NOT_SUPPORTED = Status.INVALID_OPCODE | Status.DNR;

  public CommandLimits {
    if (transferBytes < blockSize) {
      throw new IllegalArgumentException(
          "transferBytes: " + transferBytes + ", less than a block of " + blockSize);
    }
  }

  /** Whether an optional command is there; a bit of ONCS. */
  public boolean offers(int command) {
    return (commands & command) != 0;
  }

  /** The most blocks of one command with data. */
  int transferBlocks() {
    return Math.min(transferBytes / blockSize, NvmOpcode.MAX_BLOCKS);
  }
}
