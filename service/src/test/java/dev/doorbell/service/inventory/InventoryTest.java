package dev.doorbell.service.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InventoryTest {
  private static final String ADDRESS = "0000:03:00.0";

  @TempDir Path root;

  private List<NvmeFunction> functions() {
    return new Inventory(root.resolve("sys"), root.resolve("proc")).nvmeFunctions();
  }

  private MadeUpMachine machine() {
    return new MadeUpMachine(root);
  }

  @Test
  void aMachineWithoutControllersHasNone() {
    assertEquals(List.of(), functions());
    machine().function("0000:00:1f.6", 0x020000, 3, "e1000e");
    assertEquals(List.of(), functions());
  }

  @Test
  void anIdleControllerOfTheKernelCanBeBound() {
    machine().function(ADDRESS, 0x010802, 7, "nvme").namespace(ADDRESS, "nvme0n1", 4);
    NvmeFunction function = functions().get(0);
    assertEquals("144d:a80a", function.vendorDevice());
    assertEquals(List.of("nvme0n1"), function.blockDevices());
    assertTrue(function.viable(), "its own driver is not in the way");
    assertFalse(function.inUse());
    assertFalse(function.boundToVfio());
    assertEquals("deploy/bin/vfio-bind 0000:03:00.0", function.command());
  }

  @Test
  void seesWhatIsMountedByNumberOrByName() {
    machine()
        .function(ADDRESS, 0x010802, 7, "nvme")
        .namespace(ADDRESS, "nvme0n1", 4)
        .write(
            "proc/self/mountinfo",
            """
            22 1 259:5 / / rw,relatime shared:1 - ext4 /dev/root rw
            23 1 0:44 /sub /my\\040data rw - btrfs /dev/nvme0n1 rw,subvol=/sub
            24 1 8:1 / /other rw - ext4 /dev/sda1 rw
            25 1 0:5 / /proc rw - proc proc rw
            """);
    assertEquals(
        List.of("nvme0n1 mounted at /my data", "nvme0n1p1 mounted at /"),
        functions().get(0).uses());
  }

  @Test
  void seesSwapAndDevicesBuiltOnIt() {
    machine()
        .function(ADDRESS, 0x010802, 7, "nvme")
        .namespace(ADDRESS, "nvme0n1", 4)
        .write("proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n1p1\tpartition 1 0 -2\n")
        .write("sys/class/block/nvme0n1/holders/dm-3", "");
    assertEquals(
        List.of("nvme0n1 part of dm-3", "nvme0n1p1 used as swap"), functions().get(0).uses());
  }

  @Test
  void seesWhoDrivesAControllerOfVfio() {
    machine()
        .function(ADDRESS, 0x010802, 7, "vfio-pci")
        .write("proc/99/comm", "java\n")
        .link("proc/99/fd/8", "/dev/vfio/7");
    NvmeFunction function = functions().get(0);
    assertTrue(function.boundToVfio());
    assertEquals(List.of("java (99)"), function.uses());
    assertEquals("deploy/bin/vfio-unbind 0000:03:00.0", function.command());
  }

  @Test
  void othersInTheGroupAreInTheWay() {
    machine()
        .function(ADDRESS, 0x010802, 7, "nvme")
        .function("0000:03:00.1", 0x0C0330, 7, "xhci_hcd")
        .function("0000:03:00.2", 0x0C0330, 7, null);
    NvmeFunction function = functions().get(0);
    assertFalse(function.viable());
    assertEquals("0000:03:00.1 (xhci_hcd)", function.blockers().get(0).toString());
    assertEquals(1, function.blockers().size());
  }

  @Test
  void withoutAnIommuNothingIsViable() {
    machine().function(ADDRESS, 0x010802, -1, "nvme");
    assertFalse(functions().get(0).viable());
    assertTrue(functions().get(0).group().isEmpty());
  }
}
