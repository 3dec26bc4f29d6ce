package dev.doorbell.emulated;

import static dev.doorbell.nvme.spec.ControllerRegisters.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaException;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.Status;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BringUpTest {
  private static final int GOOD_CC = ccEnabled(4096, CSS_NVM);
  private static final int GOOD_AQA = aqa(RawHost.ADMIN_ENTRIES, RawHost.ADMIN_ENTRIES);

  private static RawHost host() {
    return new RawHost(
        EmulatedController.open(RawHost.manual(new MemoryStore(1 << 20), 512).build()));
  }

  static Stream<Arguments> badSettings() {
    return Stream.of(
        Arguments.of("MPS above MPSMAX", GOOD_CC | 5 << 7, GOOD_AQA, 0, 0),
        Arguments.of("IOSQES 7", GOOD_CC ^ 1 << 16, GOOD_AQA, 0, 0),
        Arguments.of("IOCQES 5", GOOD_CC ^ 1 << 20, GOOD_AQA, 0, 0),
        Arguments.of("CSS 6", GOOD_CC | 6 << 4, GOOD_AQA, 0, 0),
        Arguments.of("AMS 1", GOOD_CC | 1 << 11, GOOD_AQA, 0, 0),
        Arguments.of("one submission entry", GOOD_CC, GOOD_AQA & ~0xFFF, 0, 0),
        Arguments.of("one completion entry", GOOD_CC, GOOD_AQA & 0xFFF, 0, 0),
        Arguments.of("ASQ not aligned", GOOD_CC, GOOD_AQA, 64, 0),
        Arguments.of("ACQ not aligned", GOOD_CC, GOOD_AQA, 0, 16),
        Arguments.of("ASQ not mapped", GOOD_CC, GOOD_AQA, 1L << 40, 0),
        Arguments.of("ACQ not mapped", GOOD_CC, GOOD_AQA, 0, 1L << 40),
        Arguments.of("ASQ larger than its mapping", GOOD_CC, aqa(4096, 2), 0, 0));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badSettings")
  void badSettingIsAFatalStatusThatAResetClears(String what, int cc, int aqa, long asq, long acq) {
    try (RawHost host = host()) {
      host.setUpAdmin(aqa, host.admin.sqIova + asq, host.admin.cqIova + acq);
      host.writeCc(cc);
      assertEquals(CSTS_FATAL, host.csts());
      host.writeCc(0);
      assertEquals(0, host.csts());
      host.enable();
      assertEquals(CSTS_READY, host.csts());
    }
  }

  @Test
  void neverReadyStaysUnready() {
    try (RawHost host =
        new RawHost(
            EmulatedController.open(
                RawHost.manual(new NullStore(4096), 512).neverReady(true).build()))) {
      host.enable();
      assertEquals(0, host.csts());
      host.writeCc(0);
      assertEquals(0, host.csts());
    }
  }

  @Test
  void reservedRegistersReadZeroAndIgnoreWrites() {
    try (RawHost host = host()) {
      long cap = host.registers.readLong(CAP);
      for (int offset : new int[] {CAP, CAP + 4, VS, CSTS, 0x18, NSSR, 0x38, 0xFFC, -8, 2}) {
        host.registers.writeInt(offset, -1);
      }
      assertEquals(cap, host.registers.readLong(CAP));
      assertEquals("1.4.0", version(host.registers.readInt(VS)));
      assertEquals(0, host.registers.readInt(0x18));
      assertEquals(0, host.registers.readInt(0xFFC));
      assertEquals(0, host.registers.readInt(DOORBELLS));
      assertEquals(0, host.registers.readInt(-8));
      host.registers.writeInt(INTMS, 0b110);
      host.registers.writeInt(INTMC, 0b010);
      assertEquals(0b100, host.registers.readInt(INTMS));
    }
  }

  @Test
  void queueRegistersKeepTheirValuesWhileEnabled() {
    try (RawHost host = host()) {
      host.enable();
      host.setUpAdmin(0, 0, 0);
      assertEquals(GOOD_AQA, host.registers.readInt(AQA));
      assertEquals(host.admin.sqIova, host.registers.readLong(ASQ));
      assertEquals(host.admin.cqIova, host.registers.readLong(ACQ));
    }
  }

  @Test
  void capabilitiesAreThoseConfigured() {
    try (RawHost host =
        new RawHost(
            EmulatedController.open(
                RawHost.manual(new NullStore(4096), 512)
                    .maxQueueEntries(256)
                    .doorbellStrideExponent(3)
                    .readyTimeoutUnits(7)
                    .build()))) {
      long cap = host.registers.readLong(CAP);
      assertEquals(256, capMaxQueueEntries(cap));
      assertEquals(32, capDoorbellStride(cap));
      assertEquals(3500, capTimeoutMillis(cap));
      assertEquals(4096, capMinPageSize(cap));
      assertEquals(65536, capMaxPageSize(cap));
      assertEquals(1, capCommandSets(cap));
      assertTrue(capContiguousQueuesRequired(cap));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10})
  void worksWithAnyDoorbellStride(int exponent) {
    try (RawHost host =
        RawHost.started(
            RawHost.manual(new MemoryStore(1 << 20), 512).doorbellStrideExponent(exponent))) {
      RawHost.Pair io = host.createPair(3, 8);
      host.fillData(0, 512, 1);
      assertEquals(Status.SUCCESS, io.write(5, 1, host.dataIova, 0, 0));
      assertEquals(Status.SUCCESS, io.read(5, 1, host.dataIova + 4096, 0));
      host.assertData(4096, 512, 1);
      assertEquals(0, host.controller.invalidDoorbells());
    }
  }

  @Test
  void badDoorbellsAreCountedAndIgnored() {
    try (RawHost host = host()) {
      host.enable();
      host.registers.writeInt(submissionDoorbell(0, 4), RawHost.ADMIN_ENTRIES);
      host.registers.writeInt(submissionDoorbell(0, 4), -1);
      host.registers.writeInt(completionDoorbell(0, 4), 1);
      host.registers.writeInt(submissionDoorbell(1, 4), 1);
      host.registers.writeInt(completionDoorbell(64, 4), 1);
      host.registers.writeInt(submissionDoorbell(5000, 4), 1);
      host.registers.writeInt(DOORBELLS + 2, 1);
      host.registers.writeInt(Integer.MAX_VALUE & -4, 1);
      assertEquals(8, host.controller.invalidDoorbells());
      assertEquals(
          Status.SUCCESS,
          host.admin(AdminOpcode.IDENTIFY, 0, host.dataIova, Identify.CNS_CONTROLLER).status());
    }
  }

  @Test
  void resetForgetsQueuesAndComesBack() {
    try (RawHost host = RawHost.started(RawHost.config(new MemoryStore(1 << 20), 512))) {
      host.createPair(1, 8);
      host.writeCc(0);
      assertEquals(0, host.csts());
      host.registers.writeInt(submissionDoorbell(1, 4), 1);
      assertEquals(1, host.controller.invalidDoorbells());
      host.controller.reset();
      assertEquals(0, host.registers.readLong(ASQ));
    }
  }

  @Test
  void shutdownFlushesAndReportsCompletion() {
    CountingStore store = new CountingStore(new MemoryStore(1 << 20));
    try (RawHost host = RawHost.started(RawHost.manual(store, 512))) {
      host.writeCc(GOOD_CC | CC_SHN_NORMAL);
      assertEquals(CSTS_READY | CSTS_SHST_OCCURRING, host.csts());
      assertEquals(1, host.controller.doWork(1));
      assertEquals(CSTS_READY | CSTS_SHST_COMPLETE, host.csts());
      assertEquals(1, store.flushes());
      host.writeCc(0);
      assertEquals(0, host.csts());
    }
  }

  @Test
  void shutdownCompletesOnTheControllersThreads() {
    CountingStore store = new CountingStore(new MemoryStore(1 << 20));
    try (RawHost host = RawHost.started(RawHost.config(store, 512))) {
      host.writeCc(GOOD_CC | CC_SHN_ABRUPT);
      host.await("shutdown", () -> (host.csts() & CSTS_SHST_MASK) == CSTS_SHST_COMPLETE);
      assertEquals(1, store.flushes());
    }
  }

  @Test
  void closedControllerReadsAllOnes() {
    RawHost host = RawHost.started(RawHost.config(new MemoryStore(1 << 20), 512));
    RawHost.Pair io = host.createPair(1, 8);
    host.close();
    host.close();
    assertEquals(-1, host.csts());
    assertEquals(-1L, host.registers.readLong(CAP));
    io.post(2, 1, host.dataIova, 0, 0, 0);
    io.ring();
    host.writeCc(0);
    host.controller.reset();
    assertEquals(-1, host.csts());
  }

  @Test
  void queueMemoryUnmappedInUseIsFatal() {
    try (RawHost host = RawHost.started(RawHost.config(new MemoryStore(1 << 20), 512))) {
      host.controller.dma().unmap(host.admin.sqIova);
      host.admin.post(AdminOpcode.IDENTIFY, 0, host.dataIova, 0, 1, 0);
      host.admin.ring();
      assertEquals(CSTS_READY | CSTS_FATAL, host.csts());
      assertThrows(DmaException.class, () -> host.controller.dma().unmap(host.admin.sqIova));
    }
  }

  @Test
  void pagesOf64KiBAreServed() {
    try (RawHost host = host()) {
      host.setUpAdmin(GOOD_AQA, host.admin.sqIova, host.admin.cqIova);
      host.writeCc(ccEnabled(65536, CSS_NVM));
      assertEquals(CSTS_READY, host.csts());
      assertEquals(
          Status.SUCCESS,
          host.admin(AdminOpcode.IDENTIFY, 0, host.dataIova + 4, Identify.CNS_CONTROLLER).status());
      assertEquals("EMULATED0", IdentifyController.serialNumber(host.data.buffer(), 4));
    }
  }
}
