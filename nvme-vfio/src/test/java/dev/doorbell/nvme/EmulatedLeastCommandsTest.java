package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.OptionalFeatures;

/** On an emulated controller that offers nothing it need not, over memory. */
class EmulatedLeastCommandsTest extends CommandSuite {
  @Override
  protected Device openDevice() {
    return EmulatedController.open(
        EmulatedControllerConfig.builder("emulated")
            .features(OptionalFeatures.DEFAULT.withCommands(0))
            .namespace(new MemoryStore(32 << 20), 512)
            .build());
  }
}
