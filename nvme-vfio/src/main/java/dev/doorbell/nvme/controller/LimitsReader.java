package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.queue.CommandLimits;
import dev.doorbell.nvme.spec.CopyRange;
import dev.doorbell.nvme.spec.DatasetRange;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.IdentifyNamespace;
import dev.doorbell.nvme.spec.NvmLimits;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.OptionalCommands;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;

/**
 * What a controller takes in one command.
 *
 * @param maxTransfer bytes of data
 * @param minPageSize CAP.MPSMIN in bytes, the unit of some limits
 * @param commands ONCS
 * @param limits Identify data of the NVM command set, zeros if there are none
 */
record LimitsReader(
    int maxTransfer, long minPageSize, int commands, boolean compareAndWrite, ByteBuffer limits) {
  private static final int WITH_LIMITS =
      OptionalCommands.ONCS_DATASET_MANAGEMENT
          | OptionalCommands.ONCS_WRITE_ZEROES
          | OptionalCommands.ONCS_VERIFY;

  /**
   * Asks the controller.
   *
   * @throws NvmeException if it gives no answer
   */
  static LimitsReader read(
      AdminQueue admin, ByteBuffer identity, int maxTransfer, long minPageSize) {
    int commands = IdentifyController.optionalCommands(identity, 0);
    int fused = IdentifyController.fusedOperations(identity, 0);
    return new LimitsReader(
        maxTransfer,
        minPageSize,
        commands,
        (fused & OptionalCommands.FUSES_COMPARE_AND_WRITE) != 0,
        limits(admin, commands));
  }

  private static ByteBuffer limits(AdminQueue admin, int commands) {
    if ((commands & WITH_LIMITS) != 0) {
      try {
        return admin.identify(
            "Identify limits of the NVM command set", 0, Identify.CNS_COMMAND_SET_CONTROLLER);
      } catch (NvmeException e) {
        if (!Status.isError(e.status())) {
          throw e;
        }
        // Older than NVMe 2.0: there are no such limits.
      }
    }
    return ByteBuffer.allocate(Identify.SIZE);
  }

  /** For one namespace. */
  CommandLimits of(NamespaceInfo namespace) {
    int blockSize = namespace.blockSize();
    long datasetRangeBlocks = NvmLimits.datasetRangeBlocks(limits, 0);
    long datasetBlocks = NvmLimits.datasetBlocks(limits, 0);
    int datasetRanges = NvmLimits.datasetRanges(limits, 0);
    int deallocate = namespace.deallocateFeatures();
    return new CommandLimits(
        namespace.id(),
        blockSize,
        maxTransfer,
        commands,
        compareAndWrite,
        (deallocate & IdentifyNamespace.DLFEAT_WRITE_ZEROES_DEALLOCATES) != 0,
        blocks(NvmLimits.writeZeroesSize(limits, 0), blockSize),
        blocks(NvmLimits.verifySize(limits, 0), blockSize),
        datasetRanges == 0 ? DatasetRange.MAX_RANGES : datasetRanges,
        datasetRangeBlocks == 0 ? 0xFFFF_FFFFL : datasetRangeBlocks,
        datasetBlocks <= 0 ? Long.MAX_VALUE : datasetBlocks,
        Math.min(namespace.copyRanges(), CopyRange.MAX_RANGES),
        namespace.copyBlocks() == 0 ? 0 : namespace.copyRangeBlocks(),
        namespace.copyBlocks());
  }

  private int blocks(int exponent, int blockSize) {
    if (exponent == 0 || exponent > 30) {
      return NvmOpcode.MAX_BLOCKS;
    }
    return (int) Math.min(NvmOpcode.MAX_BLOCKS, (minPageSize << exponent) / blockSize);
  }
}
