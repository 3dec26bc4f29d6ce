package dev.doorbell.emulated;

import static dev.doorbell.nvme.spec.OptionalCommands.ONCS_COMPARE;
import static dev.doorbell.nvme.spec.OptionalCommands.ONCS_COPY;
import static dev.doorbell.nvme.spec.OptionalCommands.ONCS_DATASET_MANAGEMENT;
import static dev.doorbell.nvme.spec.OptionalCommands.ONCS_VERIFY;
import static dev.doorbell.nvme.spec.OptionalCommands.ONCS_WRITE_ZEROES;

/**
 * What an emulated controller offers of the things that the standard leaves open. Immutable.
 *
 * @param commands ONCS: the optional NVM commands, see {@link
 *     dev.doorbell.nvme.spec.OptionalCommands}
 * @param compareAndWrite FUSES: whether Compare and Write can be fused; costs every write a lock
 * @param shadowDoorbells OACS: whether there is Doorbell Buffer Config
 * @param flushBehaviour VWC bits 2:1, 0 to 3; 11b means that Flush takes the broadcast NSID
 * @param writeZeroesSize WZSL, a power of two of 4096 bytes, 0 for no limit
 * @param verifySize VSL, as {@code writeZeroesSize}
 * @param datasetRanges DMRL, 0 to 255; 0 for no limit
 * @param datasetRangeBlocks DMRSL, 0 for no limit
 * @param datasetBlocks DMSL, 0 for no limit
 * @param copyRangeBlocks MSSRL, 1 to 65 535
 * @param copyBlocks MCL, 1 to 2^31 − 1
 * @param copyRanges MSRC as a count, 1 to 256
 */
public record OptionalFeatures(
    int commands,
    boolean compareAndWrite,
    boolean shadowDoorbells,
    int flushBehaviour,
    int writeZeroesSize,
    int verifySize,
    int datasetRanges,
    int datasetRangeBlocks,
    long datasetBlocks,
    int copyRangeBlocks,
    int copyBlocks,
    int copyRanges) {
  private static final int KNOWN =
      ONCS_COMPARE | ONCS_DATASET_MANAGEMENT | ONCS_WRITE_ZEROES | ONCS_VERIFY | ONCS_COPY;

  /** Every command this controller knows; neither fused operations nor shadow doorbells. */
  public static final OptionalFeatures DEFAULT =
      new OptionalFeatures(KNOWN, false, false, 0b11, 0, 0, 0, 0, 0, 4096, 4096, 128);

  public OptionalFeatures {
    check("commands", commands, 0, KNOWN);
    check("flushBehaviour", flushBehaviour, 0, 3);
    check("writeZeroesSize", writeZeroesSize, 0, 16);
    check("verifySize", verifySize, 0, 16);
    check("datasetRanges", datasetRanges, 0, 255);
    check("datasetRangeBlocks", datasetRangeBlocks, 0, Integer.MAX_VALUE);
    check("datasetBlocks", datasetBlocks, 0, Long.MAX_VALUE);
    check("copyRangeBlocks", copyRangeBlocks, 1, 0xFFFF);
    check("copyBlocks", copyBlocks, 1, Integer.MAX_VALUE);
    check("copyRanges", copyRanges, 1, 256);
  }

  /** The same with other optional commands. */
  public OptionalFeatures withCommands(int value) {
    return new OptionalFeatures(
        value,
        compareAndWrite,
        shadowDoorbells,
        flushBehaviour,
        writeZeroesSize,
        verifySize,
        datasetRanges,
        datasetRangeBlocks,
        datasetBlocks,
        copyRangeBlocks,
        copyBlocks,
        copyRanges);
  }

  /** The same with or without fused Compare and Write. */
  public OptionalFeatures withCompareAndWrite(boolean value) {
    return new OptionalFeatures(
        commands,
        value,
        shadowDoorbells,
        flushBehaviour,
        writeZeroesSize,
        verifySize,
        datasetRanges,
        datasetRangeBlocks,
        datasetBlocks,
        copyRangeBlocks,
        copyBlocks,
        copyRanges);
  }

  /** The same with or without shadow doorbells. */
  public OptionalFeatures withShadowDoorbells(boolean value) {
    return new OptionalFeatures(
        commands,
        compareAndWrite,
        value,
        flushBehaviour,
        writeZeroesSize,
        verifySize,
        datasetRanges,
        datasetRangeBlocks,
        datasetBlocks,
        copyRangeBlocks,
        copyBlocks,
        copyRanges);
  }

  /** The same with limits so small that a host has to cut its commands. */
  public OptionalFeatures withSmallLimits() {
    return new OptionalFeatures(
        commands, compareAndWrite, shadowDoorbells, flushBehaviour, 2, 2, 3, 8, 20, 8, 12, 3);
  }

  boolean offers(int command) {
    return (commands & command) != 0;
  }

  private static void check(String what, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(what + ": " + value + ", allowed: " + min + " to " + max);
    }
  }
}
