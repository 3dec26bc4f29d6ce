package dev.doorbell.nvme.controller;

import dev.doorbell.device.Interrupt;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueMemory;

/**
 * An I/O queue pair with what came with it.
 *
 * @param interrupt the vector that its completions raise; may be shared with other queues; null for
 *     a queue that is polled only
 */
public record IoQueueHandle(
    IoQueue queue, Interrupt interrupt, QueueMemory queueMemory, long arenaIova) {}
