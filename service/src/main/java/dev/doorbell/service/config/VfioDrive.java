package dev.doorbell.service.config;

import dev.doorbell.vfio.PciAddress;

/**
 * A controller on the PCI bus, driven from user space through VFIO.
 *
 * @param nsid namespace identifier, from 1
 */
public record VfioDrive(String name, PciAddress pciAddress, long nsid) implements Drive {}
