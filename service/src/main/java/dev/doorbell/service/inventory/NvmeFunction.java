package dev.doorbell.service.inventory;

import dev.doorbell.vfio.IommuGroup;
import dev.doorbell.vfio.PciAddress;
import java.util.List;
import java.util.Optional;

/**
 * An NVMe controller of this machine.
 *
 * @param vendorDevice vendor and device ID, for example {@code 144d:a80a}
 * @param driver of the kernel that it is bound to
 * @param group its IOMMU group; empty without an IOMMU
 * @param numaNode -1 if the machine has none
 * @param blockDevices what the kernel's driver made of its namespaces, for example {@code nvme0n1}
 * @param uses who uses it now, for example {@code nvme0n1p2 mounted at /}
 * @param command that changes hands: to VFIO, or back to the kernel
 */
public record NvmeFunction(
    PciAddress address,
    String vendorDevice,
    Optional<String> driver,
    Optional<IommuGroup> group,
    int numaNode,
    List<String> blockDevices,
    List<String> uses,
    String command) {
  public NvmeFunction {
    blockDevices = List.copyOf(blockDevices);
    uses = List.copyOf(uses);
  }

  /** Whether VFIO drives it, so that {@code doorbell serve} can have it. */
  public boolean boundToVfio() {
    return driver.orElse("").contains("vfio");
  }

  public boolean inUse() {
    return !uses.isEmpty();
  }

  /**
   * Whether VFIO would hand it out once it is bound: it has a group, and no other member of it has
   * a driver of its own.
   */
  public boolean viable() {
    return group.isPresent() && blockers().isEmpty();
  }

  /** The other members of its group that are in the way. */
  public List<IommuGroup.Member> blockers() {
    return group.stream()
        .flatMap(g -> g.blockers().stream())
        .filter(m -> !m.name().equals(address.toString()))
        .toList();
  }
}
