package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.Vfio;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Over VFIO, on a controller that nobody here wrote. What it holds is overwritten. */
@EnabledIfEnvironmentVariable(
    named = VfioDriverTest.ADDRESS,
    matches = ".+",
    disabledReason = "deploy/rig/driver-suite runs it in a guest")
class VfioCommandsTest extends CommandSuite {
  private final Vfio vfio = Vfio.ofMachine(false);

  @Override
  protected Device openDevice() {
    return vfio.open(PciAddress.parse(System.getenv(VfioDriverTest.ADDRESS)).orElseThrow());
  }
}
