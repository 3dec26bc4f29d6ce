package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.emulated.OptionalFeatures;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** On an emulated controller with threads, without a cache, with fused commands and shadows. */
class EmulatedFusedCommandsTest extends CommandSuite {
  @TempDir private Path directory;

  @Override
  protected Device openDevice() {
    return EmulatedController.open(
        EmulatedControllerConfig.builder("emulated")
            .volatileWriteCache(false)
            .features(OptionalFeatures.DEFAULT.withCompareAndWrite(true).withShadowDoorbells(true))
            .namespace(
                FileStore.open(
                    FileStore.Options.sized(directory.resolve("1024.img"), 32 << 20, 1024)),
                1024)
            .build());
  }
}
