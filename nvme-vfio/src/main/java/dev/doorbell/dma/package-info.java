/**
 * Memory a device may reach: page-aligned, at stable addresses, handed out from one arena per queue
 * pair, and the port that maps it to the device's address space.
 */
package dev.doorbell.dma;
