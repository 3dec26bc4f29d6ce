package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.Vfio;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * The driver on a controller that nobody here wrote, through VFIO: QEMU's in the guest of the rig,
 * or a real one. What it holds is overwritten.
 */
@EnabledIfEnvironmentVariable(
    named = VfioDriverTest.ADDRESS,
    matches = ".+",
    disabledReason = "deploy/rig/driver-suite runs it in a guest")
class VfioDriverTest extends DriverSuite {
  static final String ADDRESS = "DOORBELL_VFIO_ADDRESS";

  private final Vfio vfio = Vfio.ofMachine(false);

  @Override
  protected Device openDevice() {
    return vfio.open(PciAddress.parse(System.getenv(ADDRESS)).orElseThrow());
  }
}
