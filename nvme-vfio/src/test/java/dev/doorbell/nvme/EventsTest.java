package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.ProcessingMode;
import dev.doorbell.nvme.controller.ControllerListener;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.Health;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.NvmeException;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.spec.SmartLog;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a controller reports by itself, and what the driver makes of it. */
class EventsTest implements ControllerListener {
  private static final int MIB = 1 << 20;

  private final List<String> heard = new ArrayList<>();
  private EmulatedController controller;
  private NvmeDrive drive;

  @AfterEach
  void close() {
    drive.close();
  }

  @ParameterizedTest
  @EnumSource(ProcessingMode.class)
  void namespacesComeGoAndChange(ProcessingMode mode) {
    open(mode);
    assertEquals(List.of(), events());
    assertEquals(2, controller.attach(new NamespaceConfig(new MemoryStore(MIB), 512, false)));
    assertEquals(List.of("attached 2 of 2048"), events());
    controller.resize(1, MIB);
    assertEquals(List.of("changed 1 from 512 to 256"), events());
    assertEquals(256, drive.namespace(1).blocks());
    controller.detach(1);
    assertEquals(List.of("detached 1"), events());
    assertThrows(NvmeException.class, () -> drive.namespace(1));
    assertEquals(1, controller.attach(new NamespaceConfig(new MemoryStore(4096), 512, true)));
    assertEquals(List.of("attached 1 of 8"), events());
    assertTrue(drive.namespace(1).writeProtected());
    assertEquals(List.of(), events());
  }

  @ParameterizedTest
  @EnumSource(ProcessingMode.class)
  void manyChangesBetweenTwoLooksAreAllSeen(ProcessingMode mode) {
    open(mode);
    for (int i = 0; i < 100; i++) {
      controller.attach(new NamespaceConfig(new MemoryStore(4096), 512, false));
    }
    controller.detach(50);
    controller.resize(1, MIB);
    List<String> all = events();
    assertEquals(100, all.size(), all.toString());
    assertEquals(100, drive.namespaces().size());
    controller.resize(1, 2 * MIB);
    assertEquals(List.of("changed 1 from 256 to 512"), events());
  }

  @ParameterizedTest
  @EnumSource(ProcessingMode.class)
  void aCriticalWarningIsHeardAtItsOnset(ProcessingMode mode) {
    open(mode);
    controller.setCriticalWarning(SmartLog.WARNING_SPARE);
    assertEquals(List.of("warning 1"), events());
    controller.setCriticalWarning(SmartLog.WARNING_SPARE | SmartLog.WARNING_TEMPERATURE);
    assertEquals(List.of("warning 3"), events());
    controller.setCriticalWarning(0);
    assertEquals(List.of(), events());
    controller.setCriticalWarning(SmartLog.WARNING_READ_ONLY);
    assertEquals(List.of("warning 8"), events());
    assertEquals(List.of("the media are read-only"), drive.logs().health().warnings());
  }

  private void open(ProcessingMode mode) {
    controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("emulated")
                .mode(mode)
                .namespace(new MemoryStore(2 * MIB), 4096)
                .build());
    drive =
        NvmeDrive.open(
            controller,
            new ControllerOptions(
                "nvme0", 1, 16, 1 << 16, 10_000, new Waiting(System::nanoTime, this::letWork)));
    drive.listen(this);
  }

  private void letWork() {
    if (controller != null) {
      work();
    }
  }

  private void work() {
    try {
      controller.doWork(1);
    } catch (IllegalStateException e) {
      // Inline: it works by itself.
      Thread.onSpinWait();
    }
  }

  private List<String> events() {
    heard.clear();
    for (int i = 0; i < 10; i++) {
      work();
      drive.pollEvents();
    }
    return List.copyOf(heard);
  }

  @Override
  public void attached(NamespaceInfo namespace) {
    heard.add("attached " + namespace.id() + " of " + namespace.blocks());
  }

  @Override
  public void detached(NamespaceInfo namespace) {
    heard.add("detached " + namespace.id());
  }

  @Override
  public void changed(NamespaceInfo before, NamespaceInfo after) {
    heard.add("changed %d from %d to %d".formatted(after.id(), before.blocks(), after.blocks()));
  }

  @Override
  public void healthWarning(Health health) {
    heard.add("warning " + health.criticalWarning());
  }
}
