/**
 * PCI functions driven from user space through Linux VFIO: sysfs, groups, containers, regions,
 * interrupts, DMA. Knows nothing of NVMe.
 *
 * <p>{@link dev.doorbell.vfio.Vfio} is the way in. What is asked of the kernel goes through {@link
 * dev.doorbell.vfio.Kernel}, so that tests can put another one in its place.
 */
package dev.doorbell.vfio;
