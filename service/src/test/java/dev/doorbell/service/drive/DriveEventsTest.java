package dev.doorbell.service.drive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.spec.SmartLog;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.events.EventLog;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DriveEventsTest {
  private static final int MIB = 1 << 20;

  private final EmulatedController controller =
      EmulatedController.open(
          EmulatedControllerConfig.builder("emulated")
              .namespace(new MemoryStore(2 * MIB), 4096)
              .build());
  private final NvmeDrive nvme = NvmeDrive.open(controller, ControllerOptions.of("nvme0", 1));
  private final BlockNamespace namespace =
      new BlockNamespace("nvme0n1", nvme.info(), nvme.namespace(1), 1 << 16);
  private final EventLog log = new EventLog(Clock.systemUTC(), 16, 1);
  private final DriveEvents events = new DriveEvents(nvme, List.of(namespace), log);

  @AfterEach
  void close() {
    events.close();
    nvme.close();
  }

  @Test
  void aResizedNamespaceIsServedWithItsNewCapacity() {
    controller.resize(1, MIB);
    events.poll();
    assertEquals(MIB, namespace.capacity());
    controller.resize(1, 2 * MIB);
    events.poll();
    assertEquals(2 * MIB, namespace.capacity());
    assertEquals(2, events.namespaceChanges());
  }

  @Test
  void aNamespaceOfAnotherBlockSizeTakesNothing() {
    controller.detach(1);
    events.poll();
    controller.attach(new NamespaceConfig(new MemoryStore(MIB), 512, false));
    events.poll();
    assertEquals(0, namespace.capacity());
    assertEquals(4096, namespace.blockSize());
    controller.resize(1, MIB / 2);
    events.poll();
    assertEquals(0, namespace.capacity());
  }

  @Test
  void healthIsReadWithoutAWarning() {
    assertNull(events.health());
    controller.setCriticalWarning(SmartLog.WARNING_TEMPERATURE);
    events.lookAtHealth();
    assertEquals(SmartLog.WARNING_TEMPERATURE, events.criticalWarning());
    assertEquals(100, events.health().availableSpare());
    assertEquals(0, events.healthWarnings());
  }

  @Test
  void healthWarningsAreCountedAndShown() {
    controller.setCriticalWarning(SmartLog.WARNING_RELIABILITY);
    events.poll();
    controller.setCriticalWarning(SmartLog.WARNING_RELIABILITY | SmartLog.WARNING_READ_ONLY);
    events.poll();
    assertEquals(2, events.healthWarnings());
    assertEquals(
        SmartLog.WARNING_RELIABILITY | SmartLog.WARNING_READ_ONLY, events.criticalWarning());
  }
}
