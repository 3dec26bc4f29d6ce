package dev.doorbell.service.drive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.device.DeviceException;
import dev.doorbell.service.config.ConfigLoader;
import dev.doorbell.service.config.ConfigSources;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.config.Overrides;
import dev.doorbell.service.events.EventLog;
import dev.doorbell.service.inventory.MadeUpMachine;
import dev.doorbell.vfio.Vfio;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said when a controller on the PCI bus cannot be had. */
class VfioDriveTest {
  private static final String ADDRESS = "0000:03:00.0";

  @TempDir Path root;

  private String refusal() throws Exception {
    DoorbellConfig config =
        ConfigLoader.load(
                new ConfigSources(
                    Optional.empty(),
                    Map.of(),
                    new Overrides().drive("nvme://" + ADDRESS + "/1"),
                    root,
                    2))
            .config();
    DriveOpener opener =
        new DriveOpener(config, Vfio.at(root, false), new EventLog(Clock.systemUTC(), 1, 1));
    return assertThrows(DeviceException.class, opener::openAll).getMessage();
  }

  @Test
  void noSuchDevice() throws Exception {
    assertEquals(
        "drive nvme0: 0000:03:00.0: no such PCI function; 'doorbell devices' lists what there is",
        refusal());
  }

  @Test
  void aNetworkCardIsNotBoundButRefused() throws Exception {
    new MadeUpMachine(root).function(ADDRESS, 0x020000, 7, "e1000e");
    assertEquals(
        "drive nvme0: 0000:03:00.0 is not an NVMe controller (class code 020000, an NVMe controller"
            + " has 010802); 'doorbell devices' lists those there are",
        refusal());
  }

  @Test
  void aControllerOfTheKernelComesWithTheCommandThatBindsIt() throws Exception {
    new MadeUpMachine(root).function(ADDRESS, 0x010802, 7, "nvme");
    assertEquals(
        "drive nvme0: 0000:03:00.0: it belongs to the kernel driver nvme; give it to VFIO:"
            + " deploy/bin/vfio-bind 0000:03:00.0",
        refusal());
  }

  @Test
  void aMachineWithoutAnIommuIsToldHowToTurnItOn() throws Exception {
    new MadeUpMachine(root).function(ADDRESS, 0x010802, -1, "nvme");
    assertTrue(refusal().contains("intel_iommu=on or amd_iommu=on"));
  }
}
