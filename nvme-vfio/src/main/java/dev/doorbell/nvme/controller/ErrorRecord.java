package dev.doorbell.nvme.controller;

/**
 * An entry of the Error Information log (NVMe Base 1.4, 5.14.1.1).
 *
 * @param number counts up over the controller's life
 * @param status as {@link dev.doorbell.nvme.spec.Status} reads it
 */
public record ErrorRecord(
    long number, int queueId, int commandId, int status, int namespaceId, long lba) {}
