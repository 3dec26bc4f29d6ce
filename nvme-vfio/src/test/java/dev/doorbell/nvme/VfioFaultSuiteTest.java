package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.Vfio;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Resets and removal through VFIO, on QEMU's controller in the guest of the rig. The removal needs
 * somebody outside who unplugs the device once the file named by {@link #UNPLUG} is there; without
 * that variable it is left out. It comes last: the device does not come back.
 */
@EnabledIfEnvironmentVariable(
    named = VfioDriverTest.ADDRESS,
    matches = ".+",
    disabledReason = "deploy/rig/fault-suite runs it in a guest")
class VfioFaultSuiteTest extends FaultSuite {
  /** Names a file that is created when the device is to be unplugged. */
  static final String UNPLUG = "DOORBELL_VFIO_UNPLUG";

  private final Vfio vfio = Vfio.ofMachine(false);

  @Override
  protected Device openDevice() {
    return vfio.open(PciAddress.parse(System.getenv(VfioDriverTest.ADDRESS)).orElseThrow());
  }

  @Override
  protected void removeDevice() {
    String file = System.getenv(UNPLUG);
    Assumptions.assumeTrue(file != null, "nobody would unplug the device: " + UNPLUG);
    try {
      Files.createFile(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
