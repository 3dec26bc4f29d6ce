package dev.doorbell.vfio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.doorbell.linux.Errno;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConfigSpaceTest {
  private final FakeKernel kernel = new FakeKernel();

  private ConfigSpace config() {
    Handle device = kernel.open("0000:03:00.0");
    return new ConfigSpace(device, RegionInfo.of(device, VfioAbi.CONFIG_REGION));
  }

  private void capability(int at, int id, int next) {
    kernel.config.put(at, (byte) id).put(at + 1, (byte) next);
  }

  @Test
  void findsACapabilityDownTheList() {
    capability(0x40, 0x01, 0x50);
    capability(0x50, ConfigSpace.CAP_MSI, 0x60);
    kernel.msix(0x60, 33, 4, 0x3000);
    assertEquals(0x50, config().findCapability(ConfigSpace.CAP_MSI));
    assertEquals(Optional.of(new MsixTable(33, 4, 0x3000)), MsixTable.of(config()));
    assertEquals(0x3000 + 33 * 16, MsixTable.of(config()).orElseThrow().end());
    assertEquals(-1, config().findCapability(0x10));
  }

  @Test
  void aListThatRunsInCirclesEnds() {
    capability(0x40, 0x01, 0x50);
    capability(0x50, 0x02, 0x40);
    kernel.calls.clear();
    assertEquals(-1, config().findCapability(ConfigSpace.CAP_MSIX));
    capability(0x40, 0x01, 0x41);
    assertEquals(-1, config().findCapability(ConfigSpace.CAP_MSIX));
  }

  @Test
  void aPointerIntoTheHeaderEndsTheList() {
    capability(0x40, 0x01, 0x10);
    kernel.config.put(0x10, (byte) ConfigSpace.CAP_MSIX);
    assertEquals(-1, config().findCapability(ConfigSpace.CAP_MSIX));
  }

  @Test
  void thereIsNoListUnlessTheStatusSaysSo() {
    kernel.config.putShort(0x06, (short) 0);
    assertEquals(Optional.empty(), MsixTable.of(config()));
  }

  @Test
  void aFunctionThatIsGoneHasNoCapabilities() {
    for (int i = 0; i < 256; i++) {
      kernel.config.put(i, (byte) 0xFF);
    }
    assertEquals(-1, config().findCapability(ConfigSpace.CAP_MSIX));
  }

  @Test
  void otherBitsOfTheCommandRegisterStay() {
    kernel.config.putShort(4, (short) 0x0141);
    ConfigSpace config = config();
    config.enableMemoryAndBusMaster();
    assertEquals(0x0147, kernel.config.getShort(4));
    config.disableBusMaster();
    assertEquals(0x0143, kernel.config.getShort(4));
    kernel.fail("pread", Errno.EIO);
    config.disableBusMaster();
    assertEquals(
        List.of("pread"), kernel.calls.subList(kernel.calls.size() - 1, kernel.calls.size()));
  }
}
