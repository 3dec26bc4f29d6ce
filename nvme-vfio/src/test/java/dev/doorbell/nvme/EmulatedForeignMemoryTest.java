package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** On the emulated controller, whose own threads serve an image. */
class EmulatedForeignMemoryTest extends ForeignMemorySuite {
  @TempDir private Path directory;
  private EmulatedController controller;

  @Override
  protected Device openDevice() {
    FileStore image =
        FileStore.open(FileStore.Options.sized(directory.resolve("disk.img"), 16 << 20, 512));
    controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("emulated").namespace(image, 512).build());
    return controller;
  }

  @Override
  protected int mappings() {
    return controller.dma().mappings();
  }
}
