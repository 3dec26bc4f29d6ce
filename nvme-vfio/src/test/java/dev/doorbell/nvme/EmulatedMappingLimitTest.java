package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.OptionalFeatures;
import dev.doorbell.emulated.ProcessingMode;

/**
 * On an emulated controller without threads whose IOMMU has less room than its two queues may use,
 * so that one finds it taken by the other; with shadow doorbells.
 */
class EmulatedMappingLimitTest extends ForeignMemorySuite {
  private EmulatedController controller;

  @Override
  protected Device openDevice() {
    controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("emulated")
                .mode(ProcessingMode.MANUAL)
                .mappingLimit(120)
                .features(OptionalFeatures.DEFAULT.withShadowDoorbells(true))
                .namespace(new MemoryStore(16 << 20), 4096)
                .build());
    return controller;
  }

  @Override
  protected void letDeviceWork() {
    controller.doWork(1);
  }

  @Override
  protected int mappings() {
    return controller.dma().mappings();
  }
}
