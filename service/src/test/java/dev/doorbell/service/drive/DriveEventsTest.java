package dev.doorbell.service.drive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

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
import java.util.ArrayList;
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
  private final List<String> told = new ArrayList<>();
  private final DriveNamespaces namespaces = namespaces(true);
  private final BlockNamespace namespace = namespaces.served().get(0);
  private final EventLog log = new EventLog(Clock.systemUTC(), 16, 1);
  private final DriveEvents events = new DriveEvents(nvme, namespaces, log);

  private DriveNamespaces namespaces(boolean all) {
    DriveNamespaces made =
        new DriveNamespaces(
            nvme.namespaces(),
            all,
            info -> new BlockNamespace("nvme0n" + info.id(), nvme.info(), info, 1 << 16));
    made.observe(
        new DriveNamespaces.Observer() {
          @Override
          public void attached(BlockNamespace attached) {
            told.add("attached " + attached.name());
          }

          @Override
          public void detached(BlockNamespace detached) {
            told.add("detached " + detached.name());
          }
        });
    return made;
  }

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
  void aNamespaceThatComesIsServedInItsPlace() {
    controller.attach(new NamespaceConfig(new MemoryStore(MIB), 512, false));
    controller.attach(new NamespaceConfig(new MemoryStore(MIB), 512, false));
    events.poll();
    controller.detach(2);
    events.poll();
    controller.attach(new NamespaceConfig(new MemoryStore(MIB), 4096, false));
    events.poll();
    assertEquals(
        List.of("attached nvme0n2", "attached nvme0n3", "detached nvme0n2", "attached nvme0n2"),
        told);
    assertEquals(
        List.of("nvme0n1", "nvme0n2", "nvme0n3"),
        namespaces.served().stream().map(BlockNamespace::name).toList());
    assertEquals(4096, namespaces.served().get(1).blockSize());
    assertEquals(List.of(), namespaces.detached());
  }

  @Test
  void aNamespaceThatComesBackAsItWasIsTheSame() {
    controller.detach(1);
    events.poll();
    assertEquals(List.of(), namespaces.served());
    assertEquals(List.of(namespace), namespaces.detached());
    assertFalse(namespace.available());
    controller.attach(new NamespaceConfig(new MemoryStore(MIB), 4096, false));
    events.poll();
    assertSame(namespace, namespaces.served().get(0));
    assertEquals(MIB, namespace.capacity());
  }

  @Test
  void aNamespaceOfAnotherBlockSizeIsAnother() {
    controller.detach(1);
    controller.attach(new NamespaceConfig(new MemoryStore(MIB), 512, false));
    events.poll();
    assertEquals(List.of("detached nvme0n1", "attached nvme0n1"), told);
    assertFalse(namespace.available());
    assertEquals(512, namespaces.served().get(0).blockSize());
    assertEquals(MIB, namespaces.served().get(0).capacity());
  }

  @Test
  void whereOneIsConfiguredOnlyThatOneComesBack() {
    DriveNamespaces one = namespaces(false);
    DriveEvents ofOne = new DriveEvents(nvme, one, log);
    controller.attach(new NamespaceConfig(new MemoryStore(MIB), 512, false));
    ofOne.poll();
    assertEquals(1, one.served().size());
    controller.detach(1);
    ofOne.poll();
    assertEquals(0, one.served().size());
    controller.attach(new NamespaceConfig(new MemoryStore(MIB), 512, false));
    ofOne.poll();
    assertEquals(1, one.served().get(0).id());
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
