package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.emulated.ProcessingMode;
import java.nio.file.Path;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver on an emulated controller without threads, which works one command at a time. */
class EmulatedManualDriverTest extends DriverSuite {
  @TempDir private Path directory;
  private EmulatedController controller;

  @Override
  protected Device openDevice() {
    controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("emulated")
                .mode(ProcessingMode.MANUAL)
                .doorbellStrideExponent(2)
                .namespace(image("4096.img", 4096), 4096)
                .namespace(image("512.img", 512), 512)
                .build());
    return controller;
  }

  @Override
  protected void letDeviceWork() {
    controller.doWork(1);
  }

  @Test
  @Override
  @Disabled("a controller without threads is driven by one thread")
  void twoQueuesWorkAtOnceOnTwoThreads() {}

  private FileStore image(String name, int blockSize) {
    return FileStore.open(FileStore.Options.sized(directory.resolve(name), 32 << 20, blockSize));
  }
}
