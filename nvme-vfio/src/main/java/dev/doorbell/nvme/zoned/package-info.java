/**
 * The driver's side of zoned namespaces: appends, zone management and zone reports on an I/O queue.
 */
package dev.doorbell.nvme.zoned;
