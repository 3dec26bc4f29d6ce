package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** On the emulated controller as it is by default, whose own threads serve image files. */
class EmulatedFileCommandsTest extends CommandSuite {
  @TempDir private Path directory;

  @Override
  protected Device openDevice() {
    return EmulatedController.open(
        EmulatedControllerConfig.builder("emulated")
            .namespace(image("512.img", 512), 512)
            .namespace(image("4096.img", 4096), 4096)
            .build());
  }

  private FileStore image(String name, int blockSize) {
    return FileStore.open(FileStore.Options.sized(directory.resolve(name), 32 << 20, blockSize));
  }
}
