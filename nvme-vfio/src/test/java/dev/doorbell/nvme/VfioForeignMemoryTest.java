package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.Vfio;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Through VFIO, in the guest of the rig or on a real drive, whose content is overwritten. Where the
 * kernel grants few mappings, its limit is met as well.
 */
@EnabledIfEnvironmentVariable(
    named = VfioDriverTest.ADDRESS,
    matches = ".+",
    disabledReason = "deploy/rig/driver-suite runs it in a guest")
class VfioForeignMemoryTest extends ForeignMemorySuite {
  private final Vfio vfio = Vfio.ofMachine(false);

  /** Together more than 666, where no more are granted. */
  @Override
  protected int room() {
    return 512;
  }

  @Override
  protected Device openDevice() {
    return vfio.open(PciAddress.parse(System.getenv(VfioDriverTest.ADDRESS)).orElseThrow());
  }
}
