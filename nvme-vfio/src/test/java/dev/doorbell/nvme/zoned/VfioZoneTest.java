package dev.doorbell.nvme.zoned;

import dev.doorbell.device.Device;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.Vfio;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Zones of a controller that nobody here wrote, through VFIO: QEMU's in the guest of the rig. What
 * it holds is overwritten. The namespace is that of {@link ZoneSuite}; in QEMU's words {@code
 * zoned.zasl=5} of the controller, and of the namespace {@code
 * zoned=on,zoned.zone_size=1M,zoned.zone_capacity=768K,zoned.max_open=3,zoned.max_active=5,}{@code
 * zoned.descr_ext_size=64,zoned.cross_read=on} with blocks of 4 KiB.
 */
@EnabledIfEnvironmentVariable(
    named = VfioZoneTest.ADDRESS,
    matches = ".+",
    disabledReason = "deploy/rig/zone-suite runs it in a guest")
class VfioZoneTest extends ZoneSuite {
  static final String ADDRESS = "DOORBELL_VFIO_ZONED_ADDRESS";

  private final Vfio vfio = Vfio.ofMachine(false);

  @Override
  protected Device openDevice() {
    return vfio.open(PciAddress.parse(System.getenv(ADDRESS)).orElseThrow());
  }

  /** QEMU 7.2 has Verify for namespaces without zones only. */
  @Override
  protected boolean verifiesZones() {
    return false;
  }
}
