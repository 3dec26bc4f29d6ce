/** The driver's front door: open a drive, see its namespaces, take I/O queues. */
package dev.doorbell.nvme;
