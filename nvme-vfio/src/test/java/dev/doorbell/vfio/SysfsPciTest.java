package dev.doorbell.vfio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysfsPciTest {
  private static final PciAddress ADDRESS = PciAddress.parse("0000:03:00.0").orElseThrow();

  @TempDir Path root;

  @Test
  void readsWhatSysfsSaysOfAFunction() {
    SysfsPci pci =
        new FakeSysfs(root)
            .function("0000:03:00.0", 0x010802, 7, "nvme")
            .function("8000:00:00.0", 0x020000, -1, null)
            .pci();
    assertEquals(
        List.of("0000:03:00.0", "8000:00:00.0"),
        pci.functions().stream().map(PciAddress::toString).toList());
    assertTrue(pci.exists(ADDRESS));
    assertEquals(0x010802, pci.classCode(ADDRESS));
    assertEquals(0x1B36, pci.vendorId(ADDRESS));
    assertEquals(0x0010, pci.deviceId(ADDRESS));
    assertEquals(-1, pci.numaNode(ADDRESS));
    assertEquals(Optional.of("nvme"), pci.driver(ADDRESS));
    assertEquals(OptionalInt.of(7), pci.iommuGroup(ADDRESS));
    assertEquals(64, pci.config(ADDRESS).length);
  }

  @Test
  void aMachineWithoutSuchThingsHasNone() {
    SysfsPci pci = new FakeSysfs(root).pci();
    assertEquals(List.of(), pci.functions());
    assertFalse(pci.exists(ADDRESS));
    assertEquals(-1, pci.classCode(ADDRESS));
    assertEquals(Optional.empty(), pci.driver(ADDRESS));
    assertEquals(OptionalInt.empty(), pci.iommuGroup(ADDRESS));
    assertEquals(List.of(), pci.group(7).members());
    assertEquals(0, pci.config(ADDRESS).length);
    assertEquals(List.of(), pci.kernelBlockDevices(ADDRESS));
  }

  @Test
  void aGroupIsViableUnlessADriverCouldDoDma() throws Exception {
    FakeSysfs sysfs =
        new FakeSysfs(root)
            .function("0000:03:00.0", 0x010802, 7, "vfio-pci")
            .function("0000:03:00.1", 0x010802, 7, null)
            .function("0000:03:00.2", 0x010802, 7, "pci-stub")
            .function("0000:03:00.3", 0x020000, 7, "mlx5_vfio_pci")
            .function("0000:00:01.0", 0x060400, 7, "anything");
    assertTrue(sysfs.pci().group(7).viable());
    assertEquals("/dev/vfio/7", sysfs.pci().group(7).devicePath());
    sysfs.function("0000:03:00.4", 0x0C0330, 7, "xhci_hcd");
    IommuGroup group = sysfs.pci().group(7);
    assertFalse(group.viable());
    assertEquals(6, group.members().size());
    assertEquals("0000:03:00.4 (xhci_hcd)", group.blockers().get(0).toString());
    sysfs.groupName(7, "vfio-noiommu");
    assertEquals("/dev/vfio/noiommu-7", sysfs.pci().group(7).devicePath());
  }

  @Test
  void findsTheKernelsBlockDevicesAlsoWhereSeveralPathsLeadToThem() throws Exception {
    SysfsPci pci = new FakeSysfs(root).function("0000:03:00.0", 0x010802, 7, "nvme").pci();
    Path controller = root.resolve("bus/pci/devices/0000:03:00.0/nvme/nvme3");
    for (String name : List.of("nvme3n1", "nvme3c1n2", "ng3n1", "hwmon2", "power")) {
      Files.createDirectories(controller.resolve(name));
    }
    Files.createDirectories(root.resolve("class/block/nvme3n1"));
    Files.createDirectories(root.resolve("class/block/nvme3n2"));
    assertEquals(List.of("nvme3n1", "nvme3n2"), pci.kernelBlockDevices(ADDRESS));
  }
}
