package dev.doorbell.nvme.controller;

/**
 * What a controller said of itself, as far as the driver uses or shows it.
 *
 * @param name what the caller calls it
 * @param version of the specification, for example {@code 1.4.0}
 * @param volatileWriteCache whether a completed write may be lost at power-off until flushed
 * @param maxTransferBytes largest data transfer of one command: the least of MDTS, the PRP lists
 *     and the caller's wish
 * @param queueEntries entries of each I/O queue
 * @param ioQueues I/O queue pairs granted
 * @param interruptVectors vectors in use; queues share them when there are fewer than queues
 * @param pageSize memory page size in bytes
 */
public record ControllerInfo(
    String name,
    String device,
    String transport,
    int vendorId,
    String serialNumber,
    String modelNumber,
    String firmwareRevision,
    String subsystemName,
    String version,
    int namespaceLimit,
    int optionalCommands,
    boolean volatileWriteCache,
    int atomicWriteUnitPowerFail,
    int maxTransferBytes,
    int queueEntries,
    int ioQueues,
    int interruptVectors,
    int pageSize) {}
