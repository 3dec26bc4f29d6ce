/**
 * The narrow port to a PCI function: its registers, interrupts, DMA and reset. Implementations live
 * elsewhere; nothing here knows NVMe.
 */
package dev.doorbell.device;
