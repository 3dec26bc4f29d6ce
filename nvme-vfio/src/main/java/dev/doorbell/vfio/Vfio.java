package dev.doorbell.vfio;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.MemoryLock;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The way to PCI functions that are bound to vfio-pci. Knows which groups this process holds, so
 * that functions of one group can be opened side by side; there should be one for a process. Safe
 * for use by several threads.
 */
public final class Vfio {
  /** The command that gives a function to VFIO; takes its address. */
  public static final String BIND_COMMAND = "deploy/bin/vfio-bind";

  /** The command that gives it back to the kernel. */
  public static final String UNBIND_COMMAND = "deploy/bin/vfio-unbind";

  private final Kernel kernel;
  private final SysfsPci pci;
  private final OpenFiles files;
  private final boolean allowNoIommu;
  private final Map<Integer, SharedGroup> groups = new HashMap<>();

  private static final class SharedGroup {
    private final VfioGroup group;
    private final Set<PciAddress> users = new HashSet<>();

    SharedGroup(VfioGroup group) {
      this.group = group;
    }
  }

  Vfio(Kernel kernel, SysfsPci pci, OpenFiles files, boolean allowNoIommu) {
    this.kernel = kernel;
    this.pci = pci;
    this.files = files;
    this.allowNoIommu = allowNoIommu;
  }

  /**
   * VFIO of this machine.
   *
   * @param allowNoIommu whether a device may be driven without an IOMMU, by which it could read and
   *     write all memory of the machine
   */
  public static Vfio ofMachine(boolean allowNoIommu) {
    return new Vfio(
        new LinuxKernel(),
        new SysfsPci(Path.of("/sys")),
        new OpenFiles(Path.of("/proc")),
        allowNoIommu);
  }

  public SysfsPci pci() {
    return pci;
  }

  /**
   * Checks that so much memory may be pinned, which every mapping does.
   *
   * @param bytes that will be mapped at least
   * @throws DeviceException if the limit on locked memory is lower; says by how much
   */
  public void requireLockable(long bytes) {
    MemoryLock lock = kernel.memoryLock();
    if (bytes > lock.available()) {
      throw new DeviceException(DmaLimits.memoryLockMessage(bytes, lock));
    }
  }

  /**
   * Opens a function: takes its group, maps BAR0, lets it do DMA.
   *
   * @return the device, which the caller owns
   * @throws DeviceException if that is not possible; says what to do, and leaves nothing open
   */
  public VfioDevice open(PciAddress address) {
    Refusals refusals = new Refusals(address);
    IommuGroup group = findGroup(address, refusals);
    VfioGroup opened = acquire(group, address, refusals);
    Runnable release = () -> release(group.number(), address);
    try {
      return VfioDevice.open(kernel, opened, address, group.noIommu(), refusals, release);
    } catch (RuntimeException | Error e) {
      release.run();
      throw e;
    }
  }

  private IommuGroup findGroup(PciAddress address, Refusals refusals) {
    if (!pci.exists(address)) {
      throw refusals.noSuchDevice();
    }
    OptionalInt number = pci.iommuGroup(address);
    if (number.isEmpty() && !allowNoIommu) {
      throw refusals.noIommu();
    }
    Optional<String> driver = pci.driver(address);
    if (!driver.orElse("").contains("vfio")) {
      throw refusals.notBound(driver);
    }
    if (number.isEmpty()) {
      throw refusals.noIommuMode();
    }
    IommuGroup group = pci.group(number.getAsInt());
    if (group.noIommu() && !allowNoIommu) {
      throw refusals.noIommu();
    }
    if (!group.viable()) {
      throw refusals.notViable(group);
    }
    return group;
  }

  private synchronized VfioGroup acquire(IommuGroup group, PciAddress address, Refusals refusals) {
    SharedGroup shared = groups.get(group.number());
    if (shared == null) {
      shared = new SharedGroup(VfioGroup.open(kernel, group, refusals, files));
      groups.put(group.number(), shared);
    }
    if (!shared.users.add(address)) {
      throw refusals.openHere();
    }
    return shared.group;
  }

  private synchronized void release(int number, PciAddress address) {
    SharedGroup shared = groups.get(number);
    shared.users.remove(address);
    if (shared.users.isEmpty()) {
      groups.remove(number);
      shared.group.close();
    }
  }
}
