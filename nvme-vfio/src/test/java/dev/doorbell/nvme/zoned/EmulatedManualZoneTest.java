package dev.doorbell.nvme.zoned;

import dev.doorbell.device.Device;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.ProcessingMode;
import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.Zones;
import java.nio.file.Path;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Zones of an emulated controller without threads, beside a conventional namespace. */
class EmulatedManualZoneTest extends ZoneSuite {
  @TempDir private Path directory;
  private EmulatedController controller;

  @Override
  protected Device openDevice() {
    ZoneGeometry geometry = EmulatedZoneTest.geometry(0, 0, true);
    Path image = directory.resolve("zoned.img");
    FileStore store =
        FileStore.open(FileStore.Options.sized(image, geometry.blocks() * 4096, 4096));
    FileStore conventional =
        FileStore.open(FileStore.Options.sized(directory.resolve("disk.img"), 1 << 20, 512));
    Zones zones =
        Zones.open(
            geometry,
            new Zones.Options(Zones.Options.beside(image), false, false, store.holdsData()));
    controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("emulated")
                .mode(ProcessingMode.MANUAL)
                .namespace(conventional, 512)
                .namespace(new NamespaceConfig(store, 4096, false, zones))
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
  void twoQueuesAppendToOneZoneWithoutALock() {}
}
