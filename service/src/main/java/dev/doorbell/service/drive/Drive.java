package dev.doorbell.service.drive;

import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.service.block.BlockNamespace;
import java.util.List;

/**
 * A drive that is served.
 *
 * @param namespaces those that are served, in order of their NSID
 * @param unsafe whether it is driven without an IOMMU: it could reach all memory of the machine
 */
public record Drive(NvmeDrive nvme, List<BlockNamespace> namespaces, boolean unsafe) {
  /** What the drive is called, for example {@code nvme0}. */
  public String name() {
    return nvme.info().name();
  }
}
