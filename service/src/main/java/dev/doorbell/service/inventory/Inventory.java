package dev.doorbell.service.inventory;

import dev.doorbell.vfio.IommuGroup;
import dev.doorbell.vfio.OpenFiles;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.SysfsPci;
import dev.doorbell.vfio.Vfio;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Finds the machine's NVMe controllers. Touches none of them: no node is opened. */
public final class Inventory {
  private static final int NVME_CLASS = 0x010802;

  private final SysfsPci pci;
  private final OpenFiles files;
  private final BlockUsers blockUsers;

  /**
   * @param sys where sysfs is mounted, {@code /sys} on any Linux
   * @param proc where procfs is mounted, {@code /proc}
   */
  public Inventory(Path sys, Path proc) {
    this.pci = new SysfsPci(sys);
    this.files = new OpenFiles(proc);
    this.blockUsers = new BlockUsers(sys, proc);
  }

  /** In order of their address. */
  public List<NvmeFunction> nvmeFunctions() {
    List<NvmeFunction> functions = new ArrayList<>();
    for (PciAddress address : pci.functions()) {
      if (pci.classCode(address) == NVME_CLASS) {
        functions.add(describe(address));
      }
    }
    return functions;
  }

  private NvmeFunction describe(PciAddress address) {
    OptionalInt number = pci.iommuGroup(address);
    Optional<IommuGroup> group =
        number.isPresent() ? Optional.of(pci.group(number.getAsInt())) : Optional.empty();
    List<String> blockDevices = pci.kernelBlockDevices(address);
    List<String> uses = new ArrayList<>();
    blockDevices.forEach(device -> uses.addAll(blockUsers.of(device)));
    Optional<String> driver = pci.driver(address);
    boolean vfio = driver.orElse("").contains("vfio");
    if (vfio && group.isPresent()) {
      uses.addAll(files.users(group.get().devicePath()));
    }
    return new NvmeFunction(
        address,
        "%04x:%04x".formatted(pci.vendorId(address) & 0xFFFF, pci.deviceId(address) & 0xFFFF),
        driver,
        group,
        pci.numaNode(address),
        blockDevices,
        uses,
        (vfio ? Vfio.UNBIND_COMMAND : Vfio.BIND_COMMAND) + " " + address);
  }
}
