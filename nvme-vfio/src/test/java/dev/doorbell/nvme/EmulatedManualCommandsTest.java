package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.emulated.OptionalFeatures;
import dev.doorbell.emulated.ProcessingMode;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/**
 * On an emulated controller without threads that offers everything, in commands so small that
 * requests have to be cut.
 */
class EmulatedManualCommandsTest extends CommandSuite {
  @TempDir private Path directory;
  private EmulatedController controller;

  @Override
  protected Device openDevice() {
    controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("emulated")
                .mode(ProcessingMode.MANUAL)
                .maxTransferBytes(64 << 10)
                .doorbellStrideExponent(1)
                .features(
                    OptionalFeatures.DEFAULT
                        .withCompareAndWrite(true)
                        .withShadowDoorbells(true)
                        .withSmallLimits())
                .namespace(image("4096.img", 4096), 4096)
                .namespace(image("512.img", 512), 512)
                .build());
    return controller;
  }

  @Override
  protected void letDeviceWork() {
    controller.doWork(1);
  }

  private FileStore image(String name, int blockSize) {
    return FileStore.open(FileStore.Options.sized(directory.resolve(name), 32 << 20, blockSize));
  }
}
