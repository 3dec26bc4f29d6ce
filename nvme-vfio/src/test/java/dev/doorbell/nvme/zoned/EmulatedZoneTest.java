package dev.doorbell.nvme.zoned;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.doorbell.device.Device;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.Zones;
import dev.doorbell.nvme.controller.ControllerListener;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Zones of the emulated controller, whose own threads serve an image with its metadata file. */
class EmulatedZoneTest extends ZoneSuite {
  private static final int ZONES = 32;

  @TempDir private Path directory;

  @Override
  protected Device openDevice() {
    return open("suite", geometry(0, 0, true));
  }

  @Test
  void wornOutZonesCanBeReadOrNot() {
    try (ZoneHost host = new ZoneHost(open("worn", geometry(2, 1, false)), Thread::onSpinWait)) {
      byte[] block = new byte[host.blockSize()];
      int readOnly = ZONES - 3;
      int offline = ZONES - 1;
      assertEquals(ZoneCondition.READ_ONLY, host.condition(readOnly));
      assertEquals(ZoneCondition.OFFLINE, host.condition(offline));
      assertEquals(Status.ZONE_IS_READ_ONLY, host.append(readOnly, block, false).code());
      assertEquals(
          Status.ZONE_IS_READ_ONLY, host.write((long) readOnly * SIZE, block, false).code());
      assertEquals(Status.SUCCESS, host.read((long) readOnly * SIZE, block).code());
      assertEquals(Status.ZONE_IS_OFFLINE, host.append(offline, block, false).code());
      assertEquals(Status.ZONE_IS_OFFLINE, host.read((long) offline * SIZE, block).code());
      // QEMU 7.2 verifies without a look at the zone.
      assertEquals(Status.SUCCESS, host.verify((long) readOnly * SIZE, 1).code());
      assertEquals(Status.ZONE_IS_OFFLINE, host.verify((long) offline * SIZE, 1).code());
      for (ZoneAction action :
          new ZoneAction[] {
            ZoneAction.OPEN, ZoneAction.CLOSE, ZoneAction.FINISH, ZoneAction.RESET
          }) {
        assertEquals(Status.INVALID_ZONE_TRANSITION, host.manage(action, readOnly));
        assertEquals(Status.INVALID_ZONE_TRANSITION, host.manage(action, offline));
      }
      assertEquals(Status.SUCCESS, host.manage(ZoneAction.OFFLINE, readOnly));
      assertEquals(ZoneCondition.OFFLINE, host.condition(readOnly));
      assertEquals(Status.SUCCESS, host.manage(ZoneAction.OFFLINE, offline));
    }
  }

  @Test
  void readsStayWithinAZoneWhereTheDriveSaysSo() {
    try (ZoneHost host = new ZoneHost(open("strict", geometry(0, 0, false)), Thread::onSpinWait)) {
      byte[] two = new byte[2 * host.blockSize()];
      assertEquals(Status.ZONE_BOUNDARY_ERROR, host.read(SIZE - 1, two).code());
      assertEquals(Status.SUCCESS, host.read(SIZE - 2, two).code());
      assertEquals(Status.ZONE_BOUNDARY_ERROR, host.verify(SIZE - 1, 2).code());
      assertEquals(Status.SUCCESS, host.verify(SIZE - 2, 2).code());
    }
  }

  @Test
  void theDriverHearsOfZonesThatWearOut() {
    EmulatedController controller = open("wearing", geometry(0, 0, true));
    try (ZoneHost host = new ZoneHost(controller, Thread::onSpinWait)) {
      List<Integer> told = new ArrayList<>();
      host.drive.listen(
          new ControllerListener() {
            @Override
            public void zonesChanged(NamespaceInfo namespace, List<Integer> zones) {
              assertEquals(host.namespace, namespace);
              told.addAll(zones);
            }
          });
      for (int zone : new int[] {4, 9}) {
        controller.wearOut(1, zone, ZoneCondition.READ_ONLY);
        assertEquals(1, host.drive.pollEvents());
      }
      assertEquals(List.of(4, 9), told);
      assertEquals(ZoneCondition.READ_ONLY, host.condition(9));
      assertEquals(0, host.drive.pollEvents());
    }
  }

  @Test
  void theDriverHearsOfZonesThatPowerOnHasFinished() {
    try (ZoneHost host = new ZoneHost(open("finished", geometry(0, 0, true)), Thread::onSpinWait)) {
      for (int i = 0; i < 3; i++) {
        host.append(i, new byte[host.blockSize()], true);
      }
    }
    ZoneGeometry fewer =
        new ZoneGeometry(4096, ZONES, SIZE, CAPACITY, 1, 1, 128 << 10, 64, 0, 0, true);
    try (ZoneHost host = new ZoneHost(open("finished", fewer), Thread::onSpinWait)) {
      List<Integer> told = new ArrayList<>();
      host.drive.listen(
          new ControllerListener() {
            @Override
            public void zonesChanged(NamespaceInfo namespace, List<Integer> zones) {
              told.addAll(zones);
            }
          });
      assertEquals(1, host.drive.pollEvents());
      assertEquals(List.of(1, 2), told);
      assertEquals(ZoneCondition.CLOSED, host.condition(0));
      assertEquals(ZoneCondition.FULL, host.condition(1));
    }
  }

  private EmulatedController open(String name, ZoneGeometry geometry) {
    Path image = directory.resolve(name + ".img");
    FileStore store =
        FileStore.open(FileStore.Options.sized(image, geometry.blocks() * 4096, 4096));
    Zones zones =
        Zones.open(
            geometry,
            new Zones.Options(Zones.Options.beside(image), false, false, store.holdsData()));
    return EmulatedController.open(
        EmulatedControllerConfig.builder("emulated")
            .namespace(new NamespaceConfig(store, 4096, false, zones))
            .build());
  }

  static ZoneGeometry geometry(int offline, int readOnly, boolean readsAcrossZones) {
    return new ZoneGeometry(
        4096,
        ZONES,
        SIZE,
        CAPACITY,
        MAX_OPEN,
        MAX_ACTIVE,
        128 << 10,
        64,
        offline,
        readOnly,
        readsAcrossZones);
  }
}
