package dev.doorbell.vfio;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The functions the IOMMU cannot tell apart: they go to one owner together, or not at all.
 *
 * @param members in order of their name
 * @param noIommu whether VFIO made the group up because there is no IOMMU
 */
public record IommuGroup(int number, List<Member> members, boolean noIommu) {
  /** Drivers that leave DMA alone, so that VFIO lets them stay. */
  private static final Set<String> HARMLESS = Set.of("pci-stub", "pcieport");

  public IommuGroup {
    members = List.copyOf(members);
  }

  /**
   * A function in the group, or a device of another bus.
   *
   * @param name for example {@code 0000:03:00.0}
   * @param bridge whether its header is that of a bridge, which VFIO does not mind
   */
  public record Member(String name, Optional<String> driver, boolean bridge)
      implements Comparable<Member> {
    /** Whether it keeps the group from being used: its driver could do DMA to foreign memory. */
    public boolean blocks() {
      return !bridge
          && driver.isPresent()
          && !driver.get().contains("vfio")
          && !HARMLESS.contains(driver.get());
    }

    @Override
    public int compareTo(Member other) {
      return name.compareTo(other.name);
    }

    /** Name and driver, for example {@code 0000:03:00.1 (xhci_hcd)}. */
    @Override
    public String toString() {
      return name + " (" + driver.orElse("no driver") + ")";
    }
  }

  /** The members that keep the group from being used. */
  public List<Member> blockers() {
    return members.stream().filter(Member::blocks).toList();
  }

  /** Whether VFIO would hand the group out. */
  public boolean viable() {
    return blockers().isEmpty();
  }

  /** The node that stands for it, for example {@code /dev/vfio/12}. */
  public String devicePath() {
    return "/dev/vfio/" + (noIommu ? "noiommu-" : "") + number;
  }
}
