package dev.doorbell.emulated;

import static dev.doorbell.emulated.RawHost.dw10;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.IdentifyNamespace;
import dev.doorbell.nvme.spec.QueueCommand;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdminCommandsTest {
  private static final int NOT_THERE = 9;

  private final RawHost host =
      RawHost.started(
          RawHost.manual(new MemoryStore(1 << 20), 512)
              .namespace(new NamespaceConfig(new MemoryStore(2 << 20), 4096, true))
              .serialNumber("S123")
              .model("Model X")
              .maxQueuePairs(4)
              .maxQueueEntries(64)
              .interruptVectors(3)
              .maxTransferBytes(128 << 10));
  private final ByteBuffer data = host.data.buffer();

  @AfterEach
  void close() {
    host.close();
  }

  private int identify(int cns, int nsid) {
    return host.admin(AdminOpcode.IDENTIFY, nsid, host.dataIova, cns).code();
  }

  private RawHost.Completion setFeature(int id, int nsid, int value) {
    return host.admin(AdminOpcode.SET_FEATURES, nsid, 0, dw10(id, value));
  }

  private RawHost.Completion getFeature(int id, int select, int value) {
    return host.admin(AdminOpcode.GET_FEATURES, 0, 0, dw10(id | select << 8, value));
  }

  private int logPage(int lid, int nsid, int bytes, long offset) {
    int numd = bytes / 4 - 1;
    return host.admin
        .execute(
            AdminOpcode.GET_LOG_PAGE,
            nsid,
            host.dataIova,
            host.dataIova + 4096,
            dw10(lid | numd << 16, numd >>> 16),
            offset)
        .code();
  }

  @Test
  void identifiesTheController() {
    assertEquals(Status.SUCCESS, identify(Identify.CNS_CONTROLLER, 0));
    assertEquals("S123", IdentifyController.serialNumber(data, 0));
    assertEquals("Model X", IdentifyController.modelNumber(data, 0));
    assertEquals("1.0", IdentifyController.firmwareRevision(data, 0));
    assertEquals(5, IdentifyController.mdts(data, 0));
    assertEquals(2, IdentifyController.namespaceCount(data, 0));
    assertEquals(0x10400, IdentifyController.version(data, 0));
    assertEquals(0x66, IdentifyController.submissionEntrySizes(data, 0));
    assertEquals(0x44, IdentifyController.completionEntrySizes(data, 0));
    assertTrue(IdentifyController.volatileWriteCache(data, 0));
    assertEquals(0b111, data.get(525));
  }

  @Test
  void identifiesNamespaces() {
    assertEquals(Status.SUCCESS, identify(Identify.CNS_NAMESPACE, 1));
    assertEquals(2048, IdentifyNamespace.size(data, 0));
    assertEquals(9, IdentifyNamespace.lbaExponent(data, 0));
    assertEquals(false, IdentifyNamespace.writeProtected(data, 0));
    long eui64 = IdentifyNamespace.eui64(data, 0);
    assertNotEquals(0, eui64);
    assertEquals(Status.SUCCESS, identify(Identify.CNS_NAMESPACE, 2));
    assertEquals(512, IdentifyNamespace.size(data, 0));
    assertEquals(12, IdentifyNamespace.lbaExponent(data, 0));
    assertTrue(IdentifyNamespace.writeProtected(data, 0));
    assertNotEquals(eui64, IdentifyNamespace.eui64(data, 0));
    for (int nsid : new int[] {0, 3, -1, Integer.MIN_VALUE}) {
      assertEquals(Status.INVALID_NAMESPACE, identify(Identify.CNS_NAMESPACE, nsid));
      assertEquals(Status.INVALID_NAMESPACE, identify(Identify.CNS_NAMESPACE_DESCRIPTORS, nsid));
    }
  }

  @Test
  void listsActiveNamespacesAndTheirDescriptors() {
    assertEquals(Status.SUCCESS, identify(Identify.CNS_ACTIVE_NAMESPACES, 0));
    assertEquals(1, data.getInt(0));
    assertEquals(2, data.getInt(4));
    assertEquals(0, data.getInt(8));
    assertEquals(Status.SUCCESS, identify(Identify.CNS_ACTIVE_NAMESPACES, 1));
    assertEquals(2, data.getInt(0));
    assertEquals(0, data.getInt(4));
    assertEquals(Status.INVALID_NAMESPACE, identify(Identify.CNS_ACTIVE_NAMESPACES, -1));
    assertEquals(Status.SUCCESS, identify(Identify.CNS_NAMESPACE_DESCRIPTORS, 1));
    assertEquals(Identify.NIDT_EUI64, data.get(0));
    assertEquals(8, data.get(1));
    assertEquals(Identify.NIDT_UUID, data.get(12));
    assertEquals(16, data.get(13));
    assertEquals(0, data.get(32));
    assertEquals(Status.INVALID_FIELD, identify(0x10, 1));
  }

  @Test
  void unknownOpcodesAndPointerTypesAreRefusedForGood() {
    RawHost.Completion c = host.admin(0x7F, 0, 0, 0);
    assertEquals(Status.INVALID_OPCODE | Status.DNR, c.status());
    int fused = AdminOpcode.IDENTIFY | 1 << 8;
    assertEquals(Status.INVALID_FIELD | Status.DNR, host.admin(fused, 0, 0, 0).status());
    int sgl = AdminOpcode.IDENTIFY | 1 << 14;
    assertEquals(Status.INVALID_FIELD | Status.DNR, host.admin(sgl, 0, 0, 0).status());
  }

  @Test
  void grantsNoMoreQueuesThanThereAre() {
    RawHost.Completion c = setFeature(Feature.NUMBER_OF_QUEUES, 0, Feature.numberOfQueues(100, 2));
    assertEquals(Status.SUCCESS, c.status());
    assertEquals(4, Feature.submissionQueues((int) c.result()));
    assertEquals(2, Feature.completionQueues((int) c.result()));
    assertEquals(c.result(), getFeature(Feature.NUMBER_OF_QUEUES, 0, 0).result());
    assertEquals(Status.INVALID_FIELD, setFeature(Feature.NUMBER_OF_QUEUES, 0, 0xFFFF).code());
    host.createPair(1, 8);
    assertEquals(
        Status.COMMAND_SEQUENCE_ERROR,
        setFeature(Feature.NUMBER_OF_QUEUES, 0, Feature.numberOfQueues(1, 1)).code());
    assertEquals(Status.INVALID_QUEUE_ID, createCq(3, 8, 1, true));
  }

  @Test
  void featuresKeepValuesUntilReset() {
    assertEquals(1, getFeature(Feature.VOLATILE_WRITE_CACHE, 0, 0).result());
    assertEquals(Status.SUCCESS, setFeature(Feature.VOLATILE_WRITE_CACHE, 0, 0).status());
    assertEquals(0, getFeature(Feature.VOLATILE_WRITE_CACHE, 0, 0).result());
    assertEquals(1, getFeature(Feature.VOLATILE_WRITE_CACHE, 1, 0).result());
    assertEquals(Status.SUCCESS, setFeature(Feature.INTERRUPT_COALESCING, -1, 0x1234).status());
    assertEquals(0x1234, getFeature(Feature.INTERRUPT_COALESCING, 0, 0).result());
    assertEquals(
        Status.SUCCESS,
        setFeature(Feature.INTERRUPT_VECTOR_CONFIGURATION, 0, 1 << 16 | 2).status());
    assertEquals(1 << 16 | 2, getFeature(Feature.INTERRUPT_VECTOR_CONFIGURATION, 0, 2).result());
    for (int id : new int[] {Feature.ARBITRATION, Feature.WRITE_ATOMICITY, 0x0B}) {
      assertEquals(Status.SUCCESS, setFeature(id, 0, 0x55).status());
      assertEquals(0x55, getFeature(id, 0, 0).result());
      assertEquals(0b100, getFeature(id, Feature.SELECT_SUPPORTED, 0).result());
    }
    assertEquals(Status.SUCCESS, setFeature(Feature.TEMPERATURE_THRESHOLD, 0, 400).status());
    assertEquals(400, getFeature(Feature.TEMPERATURE_THRESHOLD, 0, 0).result());
    assertEquals(0, getFeature(Feature.TEMPERATURE_THRESHOLD, 0, 1 << 20).result());
    assertEquals(Status.SUCCESS, setFeature(Feature.ERROR_RECOVERY, 1, 7).status());
    host.controller.reset();
    host.admin.clear();
    host.enable();
    assertEquals(1, getFeature(Feature.VOLATILE_WRITE_CACHE, 0, 0).result());
    assertEquals(0, getFeature(Feature.INTERRUPT_COALESCING, 0, 0).result());
  }

  @Test
  void refusesWhatFeaturesDoNotAllow() {
    assertEquals(
        Status.FEATURE_NOT_NAMESPACE_SPECIFIC,
        setFeature(Feature.VOLATILE_WRITE_CACHE, 1, 1).code());
    assertEquals(
        Status.FEATURE_NOT_SAVEABLE,
        setFeature(Feature.VOLATILE_WRITE_CACHE | 1 << 31, 0, 1).code());
    assertEquals(Status.INVALID_FIELD, setFeature(0x7F, 0, 0).code());
    assertEquals(Status.INVALID_FIELD, getFeature(0x7F, 0, 0).code());
    assertEquals(Status.INVALID_FIELD, getFeature(Feature.ARBITRATION, 5, 0).code());
    assertEquals(Status.INVALID_FIELD, setFeature(Feature.POWER_MANAGEMENT, 0, 1).code());
    assertEquals(
        Status.INVALID_FIELD, setFeature(Feature.INTERRUPT_VECTOR_CONFIGURATION, 0, 3).code());
    assertEquals(
        Status.INVALID_FIELD, getFeature(Feature.INTERRUPT_VECTOR_CONFIGURATION, 0, 3).code());
    assertEquals(Status.INVALID_NAMESPACE, setFeature(Feature.ERROR_RECOVERY, 3, 1).code());
  }

  @Test
  void withoutAWriteCacheItsFeatureDoesNotExist() {
    try (RawHost plain =
        RawHost.started(RawHost.manual(new NullStore(4096), 512).volatileWriteCache(false))) {
      assertEquals(
          Status.INVALID_FIELD,
          plain.admin(AdminOpcode.GET_FEATURES, 0, 0, Feature.VOLATILE_WRITE_CACHE).code());
      plain.admin(AdminOpcode.IDENTIFY, 0, plain.dataIova, Identify.CNS_CONTROLLER);
      assertEquals(false, IdentifyController.volatileWriteCache(plain.data.buffer(), 0));
    }
  }

  private int createCq(int qid, int entries, int vector, boolean contiguous) {
    int cdw11 = QueueCommand.completionCdw11(vector) & (contiguous ? -1 : ~1);
    return createCq(host.dataIova, qid, entries, cdw11);
  }

  private int createCq(long iova, int qid, int entries, int cdw11) {
    return host.admin(
            AdminOpcode.CREATE_IO_CQ, 0, iova, dw10(QueueCommand.cdw10(qid, entries), cdw11))
        .code();
  }

  private int createSq(long iova, int qid, int entries, int cdw11) {
    return host.admin(
            AdminOpcode.CREATE_IO_SQ, 0, iova, dw10(QueueCommand.cdw10(qid, entries), cdw11))
        .code();
  }

  @Test
  void createChecksEverythingTheStandardLists() {
    assertEquals(Status.INVALID_QUEUE_ID, createCq(0, 8, 0, true));
    assertEquals(Status.INVALID_QUEUE_ID, createCq(5, 8, 0, true));
    assertEquals(Status.INVALID_QUEUE_SIZE, createCq(1, 1, 0, true));
    assertEquals(Status.INVALID_QUEUE_SIZE, createCq(1, 65, 0, true));
    assertEquals(Status.INVALID_INTERRUPT_VECTOR, createCq(1, 8, 3, true));
    assertEquals(Status.INVALID_FIELD, createCq(1, 8, 0, false));
    assertEquals(Status.PRP_OFFSET_INVALID, createCq(host.dataIova + 64, 1, 8, 1));
    assertEquals(Status.DATA_TRANSFER_ERROR, createCq(NOT_THERE << 12, 1, 8, 1));
    assertEquals(Status.SUCCESS, createCq(1, 64, 2, true));
    assertEquals(Status.INVALID_QUEUE_ID, createCq(1, 8, 0, true));

    int cq1 = QueueCommand.submissionCdw11(1);
    assertEquals(Status.INVALID_QUEUE_ID, createSq(host.dataIova, 0, 8, cq1));
    assertEquals(Status.INVALID_QUEUE_ID, createSq(host.dataIova, 5, 8, cq1));
    assertEquals(Status.INVALID_QUEUE_ID, createSq(host.dataIova, 1, 8, 1));
    assertEquals(
        Status.COMPLETION_QUEUE_INVALID,
        createSq(host.dataIova, 1, 8, QueueCommand.submissionCdw11(2)));
    assertEquals(Status.INVALID_QUEUE_SIZE, createSq(host.dataIova, 1, 65, cq1));
    assertEquals(Status.INVALID_FIELD, createSq(host.dataIova, 1, 8, cq1 & ~1));
    assertEquals(Status.PRP_OFFSET_INVALID, createSq(host.dataIova + 64, 1, 8, cq1));
    long end = host.dataIova + RawHost.DATA_BYTES;
    assertEquals(Status.DATA_TRANSFER_ERROR, createSq(end, 1, 8, cq1));
    assertEquals(Status.SUCCESS, createSq(host.dataIova + 8192, 1, 64, cq1));
    assertEquals(Status.INVALID_QUEUE_ID, createSq(host.dataIova, 1, 8, cq1));
  }

  @Test
  void deletesInOrderOnly() {
    host.createPair(1, 8);
    assertEquals(
        Status.INVALID_QUEUE_DELETION, host.admin(AdminOpcode.DELETE_IO_CQ, 0, 0, 1).code());
    assertEquals(Status.INVALID_QUEUE_ID, host.admin(AdminOpcode.DELETE_IO_SQ, 0, 0, 2).code());
    assertEquals(Status.INVALID_QUEUE_ID, host.admin(AdminOpcode.DELETE_IO_SQ, 0, 0, 0).code());
    assertEquals(Status.INVALID_QUEUE_ID, host.admin(AdminOpcode.DELETE_IO_CQ, 0, 0, 0).code());
    assertEquals(Status.SUCCESS, host.admin(AdminOpcode.DELETE_IO_SQ, 0, 0, 1).status());
    assertEquals(Status.INVALID_QUEUE_ID, host.admin(AdminOpcode.DELETE_IO_SQ, 0, 0, 1).code());
    assertEquals(Status.SUCCESS, host.admin(AdminOpcode.DELETE_IO_CQ, 0, 0, 1).status());
    host.createPair(1, 16);
  }

  @Test
  void keepsEventRequestsAndAbortsThemAlone() {
    int[] cids = new int[4];
    for (int i = 0; i < 4; i++) {
      cids[i] = host.admin.post(AdminOpcode.ASYNC_EVENT_REQUEST, 0, 0, 0, 0, 0);
    }
    host.admin.ring();
    host.controller.doWork(100);
    assertNull(host.admin.poll());
    assertEquals(
        Status.ASYNC_EVENT_LIMIT_EXCEEDED,
        host.admin(AdminOpcode.ASYNC_EVENT_REQUEST, 0, 0, 0).code());
    RawHost.Completion notAborted = host.admin(AdminOpcode.ABORT, 0, 0, dw10(1000 << 16, 0));
    assertEquals(1, notAborted.result());
    int abort = host.admin.post(AdminOpcode.ABORT, 0, 0, 0, dw10(cids[2] << 16, 0), 0);
    host.admin.ring();
    RawHost.Completion first = host.admin.await();
    assertEquals(cids[2], first.cid());
    assertEquals(Status.ABORT_REQUESTED, first.code());
    RawHost.Completion second = host.admin.await();
    assertEquals(abort, second.cid());
    assertEquals(0, second.result());
  }

  @Test
  void smartCountsDataUnitsAndCommands() {
    RawHost.Pair io = host.createPair(1, 8);
    for (int i = 0; i < 9; i++) {
      assertEquals(Status.SUCCESS, io.write(0, 128, host.dataIova + 4096, listAt(4096 * 30), 0));
    }
    assertEquals(Status.SUCCESS, io.read(0, 1, host.dataIova + 4096, 0));
    assertEquals(Status.LBA_OUT_OF_RANGE, Status.code(io.read(2048, 1, host.dataIova, 0)));
    assertEquals(Status.SUCCESS, logPage(2, -1, 512, 0));
    assertEquals(1, data.getLong(32));
    assertEquals(2, data.getLong(48));
    assertEquals(1, data.getLong(64));
    assertEquals(9, data.getLong(80));
    assertEquals(1, data.getLong(176));
    host.admin(AdminOpcode.DELETE_IO_SQ, 0, 0, 1);
    assertEquals(Status.SUCCESS, logPage(2, 0, 512, 64));
    assertEquals(1, data.getLong(0));
    assertEquals(9, data.getLong(16));
    assertEquals(Status.INVALID_FIELD, logPage(2, 1, 512, 0));
  }

  private long listAt(int offset) {
    for (int i = 0; i < 16; i++) {
      data.putLong(offset + 8 * i, host.dataIova + 8192 + 4096L * i);
    }
    return host.dataIova + offset;
  }

  @Test
  void errorLogHoldsTheLatestFailuresFirst() {
    host.admin(0x7F, 0, 0, 0);
    int cid = host.admin(0x7E, 0, 0, 0).cid();
    assertEquals(Status.SUCCESS, logPage(1, 0, 1024, 0));
    assertEquals(2, data.getLong(0));
    assertEquals(cid, data.getShort(10));
    assertEquals(Status.INVALID_OPCODE | Status.DNR, (data.getShort(12) & 0xFFFF) >>> 1);
    assertEquals(1, data.getLong(64));
    assertEquals(0, data.getLong(128));
  }

  @Test
  void logPageRangesAreChecked() {
    assertEquals(Status.SUCCESS, logPage(3, 0, 512, 0));
    byte[] revision = new byte[8];
    data.get(8, revision);
    assertEquals("1.0     ", new String(revision, StandardCharsets.US_ASCII));
    assertEquals(Status.INVALID_LOG_PAGE, logPage(0x7F, 0, 512, 0));
    assertEquals(Status.INVALID_FIELD, logPage(2, 0, 512, 516));
    assertEquals(Status.INVALID_FIELD, logPage(2, 0, 512, 2));
    assertEquals(Status.INVALID_FIELD, logPage(2, 0, 512, -4));
    assertEquals(Status.INVALID_FIELD, logPage(2, 0, 256 << 10, 0));
    data.put(512, (byte) 77);
    data.put(8191, (byte) 77);
    data.put(8192, (byte) 77);
    assertEquals(Status.SUCCESS, logPage(2, 0, 8192, 0));
    assertEquals(0, data.get(512));
    assertEquals(0, data.get(8191));
    assertEquals(77, data.get(8192));
  }
}
