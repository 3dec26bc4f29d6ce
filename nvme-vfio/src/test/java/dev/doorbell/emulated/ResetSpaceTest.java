package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.Zones;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.IdentifyZoned;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCommand;
import dev.doorbell.nvme.spec.ZoneCondition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a reset does with the space of its zone, and when. */
class ResetSpaceTest {
  private static final int BLOCK = 4096;
  private static final int SIZE = 64;

  /** 16 zones of 64 blocks, 48 of which can be written. */
  private static final ZoneGeometry GEOMETRY =
      new ZoneGeometry(BLOCK, 16, SIZE, 48, 0, 0, 1 << 16, 0, 0, 0, true);

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource
  void aResetGivesTheSpaceOfItsZoneBackAndLeavesTheOthers(ProcessingMode mode) throws Exception {
    try (RawHost host = open(file(), mode)) {
      RawHost.Pair io = host.createPair(1, 8);
      host.fillData(0, 2 * BLOCK, 1);
      for (int zone = 0; zone < 4; zone++) {
        fill(host, io, zone);
      }
      long full = allocated();
      assertTrue(full >= 4 * 48 * BLOCK, full + " bytes");
      assertEquals(Status.SUCCESS, reset(io, 1));
      assertEquals(full - 48 * BLOCK, allocated());
      assertEquals(Status.SUCCESS, io.read(0, 1, host.dataIova + 2 * BLOCK, 0));
      host.assertData(2 * BLOCK, BLOCK, 1);
      assertEquals(Status.SUCCESS, io.read(SIZE, 1, host.dataIova + 2 * BLOCK, 0));
      assertEquals(0, host.data.buffer().getLong(2 * BLOCK));

      host.controller.wearOut(1, 3, ZoneCondition.READ_ONLY);
      assertEquals(Status.SUCCESS, send(io, 0, ZoneCommand.sendCdw13(ZoneAction.RESET, true)));
      assertEquals(full - 3 * 48 * BLOCK, allocated());
      assertEquals(Status.SUCCESS, io.read(3 * SIZE, 1, host.dataIova + 2 * BLOCK, 0));
      host.assertData(2 * BLOCK, BLOCK, 1);
      fill(host, io, 0);
    }
  }

  /** A crash before it finds the zone as it was; one after it finds it empty, whatever is left. */
  @Test
  void spaceIsGivenBackOnceTheResetIsDurableAndBeforeTheZoneIsWrittenAgain() {
    Watched store = new Watched(file());
    try (RawHost host = open(store, ProcessingMode.INLINE)) {
      RawHost.Pair io = host.createPair(1, 8);
      fill(host, io, 2);
      store.events.clear();
      int reset = io.post(ZoneCommand.MANAGEMENT_SEND, 1, 0, 0, 2 * SIZE, cdw12(ZoneAction.RESET));
      int append = io.post(ZoneCommand.APPEND, 1, host.dataIova, 0, 2 * SIZE, 0);
      io.ring();
      List<Integer> ended = new ArrayList<>(List.of(io.await().cid(), io.await().cid()));
      assertTrue(ended.containsAll(List.of(reset, append)));
      assertEquals(
          List.of(
              "flush with 0 of 16 zones reset",
              "release of 64 from 128 with 1 of 16 zones reset",
              "write at 128"),
          store.events);
    }
  }

  @Test
  void aResetThatIsNotDurableGivesNothingBack() {
    Watched store = new Watched(file());
    try (RawHost host = open(store, ProcessingMode.INLINE)) {
      RawHost.Pair io = host.createPair(1, 8);
      fill(host, io, 2);
      store.events.clear();
      store.fails = true;
      assertEquals(Status.WRITE_FAULT, reset(io, 2));
      assertEquals(List.of("flush with 0 of 16 zones reset"), store.events);
    }
  }

  private FileStore file() {
    Path image = directory.resolve("disk.img");
    return FileStore.open(FileStore.Options.sized(image, GEOMETRY.blocks() * BLOCK, BLOCK));
  }

  private RawHost open(BlockStore store, ProcessingMode mode) {
    Path meta = Zones.Options.beside(directory.resolve("disk.img"));
    Zones zones = Zones.open(GEOMETRY, new Zones.Options(meta, false, false, false));
    RawHost host =
        new RawHost(
            EmulatedController.open(
                EmulatedControllerConfig.builder("test")
                    .namespace(new NamespaceConfig(store, BLOCK, false, zones))
                    .mode(mode)
                    .workers(2)
                    .build()));
    host.setUpAdmin(
        ControllerRegisters.aqa(RawHost.ADMIN_ENTRIES, RawHost.ADMIN_ENTRIES),
        host.admin.sqIova,
        host.admin.cqIova);
    host.writeCc(ControllerRegisters.ccEnabled(BLOCK, IdentifyZoned.CSS_ALL));
    assertEquals(ControllerRegisters.CSTS_READY, host.csts());
    return host;
  }

  private static void fill(RawHost host, RawHost.Pair io, int zone) {
    for (int i = 0; i < 48; i += 2) {
      long fua = i == 46 ? NvmOpcode.CDW12_FUA : 0;
      RawHost.Completion c =
          io.execute(
              ZoneCommand.APPEND, 1, host.dataIova, host.dataIova + BLOCK, zone * SIZE, fua | 1);
      assertEquals(Status.SUCCESS, c.code());
    }
  }

  private static int reset(RawHost.Pair io, int zone) {
    return send(io, zone * SIZE, ZoneAction.RESET.code());
  }

  private static int send(RawHost.Pair io, long lba, int cdw13) {
    return io.execute(ZoneCommand.MANAGEMENT_SEND, 1, 0, 0, lba, (long) cdw13 << 32).code();
  }

  private static long cdw12(ZoneAction action) {
    return (long) action.code() << 32;
  }

  /** Bytes that the image takes on the disk. */
  private long allocated() throws Exception {
    Path image = directory.resolve("disk.img");
    Process stat = new ProcessBuilder("stat", "-c", "%b", image.toString()).start();
    long sectors = Long.parseLong(new String(stat.getInputStream().readAllBytes()).strip());
    assertEquals(0, stat.waitFor());
    return 512 * sectors;
  }

  /** Notes what is done, and how many zones a crash at that moment would find reset. */
  private final class Watched extends WaitingStore {
    private final List<String> events = new ArrayList<>();
    private volatile boolean fails;

    Watched(BlockStore store) {
      super(store);
    }

    private synchronized void note(String what) {
      events.add(what);
    }

    /** By a copy of the metadata as it is now. Zone 2 alone was written. */
    private String durably() {
      Path meta = Zones.Options.beside(directory.resolve("disk.img"));
      Path copy = directory.resolve("copy.zones");
      try {
        Files.copy(meta, copy, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      try (Zones zones = Zones.open(GEOMETRY, new Zones.Options(copy, true, false, true))) {
        int reset = zones.count(ZoneCondition.EMPTY) - 15;
        return " with " + reset + " of 16 zones reset";
      }
    }

    @Override
    public int write(ScatterList memory, long offset) {
      note("write at " + offset / BLOCK);
      return store.write(memory, offset);
    }

    @Override
    public int flush() {
      note("flush" + durably());
      return fails ? Status.WRITE_FAULT : store.flush();
    }

    @Override
    public void release(long offset, long length) {
      note("release of " + length / BLOCK + " from " + offset / BLOCK + durably());
      store.release(offset, length);
    }
  }
}
