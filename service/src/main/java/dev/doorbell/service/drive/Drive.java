package dev.doorbell.service.drive;

import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.service.block.BlockNamespace;
import java.util.List;

/**
 * A drive that is served.
 *
 * @param namespaces in order of their NSID
 */
public record Drive(NvmeDrive nvme, List<BlockNamespace> namespaces) {
  /** What the drive is called, for example {@code nvme0}. */
  public String name() {
    return nvme.info().name();
  }
}
