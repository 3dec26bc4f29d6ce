package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Checks of I/O commands and PRP cases, with blocks of 512 bytes over 16 MiB. */
class IoCommandsTest {
  private static final int PAGE = 4096;
  private static final int BLOCKS = 32768;
  private static final int LIST = 6 << 20;
  private static final int BACK = 3 << 20;

  private final RawHost host =
      RawHost.started(RawHost.config(new MemoryStore((long) BLOCKS * 512), 512));
  private final RawHost.Pair io = host.createPair(1, 16);

  @AfterEach
  void close() {
    host.close();
  }

  private long at(int offset) {
    return host.dataIova + offset;
  }

  private static int code(int status) {
    return Status.code(status);
  }

  /** Lists the pages that follow byte {@code start}, in memory order. */
  private long list(int listAt, int start, int pages) {
    for (int i = 0; i < pages; i++) {
      host.data.buffer().putLong(listAt + 8 * i, at(start + PAGE * i));
    }
    return at(listAt);
  }

  /** Writes by one set of entries and reads back page by page. */
  private void checkRoundTrip(int start, int bytes, long prp2) {
    host.fillData(start, bytes, start + bytes);
    assertEquals(Status.SUCCESS, io.write(100, bytes / 512, at(start), prp2, 0));
    for (int done = 0; done < bytes; done += 512) {
      assertEquals(Status.SUCCESS, io.read(100 + done / 512, 1, at(BACK + done), 0));
    }
    host.assertData(BACK, bytes, start + bytes);
    host.fillData(start, bytes, 0);
    assertEquals(Status.SUCCESS, io.read(100, bytes / 512, at(start), prp2));
    host.assertData(start, bytes, start + bytes);
  }

  @Test
  void transfersWithinOnePageAtAnOffset() {
    checkRoundTrip(1024 + 4, 2048, 0);
  }

  @Test
  void transfersTwoPages() {
    checkRoundTrip(0, 2 * PAGE, at(PAGE));
    checkRoundTrip(3584, 1024, at(PAGE));
    checkRoundTrip(512, PAGE, at(PAGE));
  }

  @Test
  void transfersByAList() {
    checkRoundTrip(0, 3 * PAGE, list(LIST, PAGE, 2));
    checkRoundTrip(512, 128 << 10, list(LIST, PAGE, 32));
  }

  @Test
  void transfersByAListThatFillsItsPage() {
    checkRoundTrip(0, 2 << 20, list(LIST, PAGE, 511));
    checkRoundTrip(2048, 2 << 20, list(LIST, PAGE, 512));
  }

  @Test
  void followsAChainedListThatBeginsWithinAPage() {
    // Room for two entries before the page ends: one of data, one that points on.
    int first = LIST + PAGE - 16;
    host.data.buffer().putLong(first, at(PAGE));
    host.data.buffer().putLong(first + 8, list(LIST + PAGE, 2 * PAGE, 8));
    checkRoundTrip(0, 10 * PAGE, at(first));
    // Only the pointer fits.
    host.data.buffer().putLong(LIST + PAGE - 8, list(LIST + 2 * PAGE, PAGE, 9));
    checkRoundTrip(0, 10 * PAGE, at(LIST + PAGE - 8));
    // The last page of data fits exactly, so nothing is chained.
    list(LIST + PAGE - 16, PAGE, 2);
    checkRoundTrip(0, 3 * PAGE, at(LIST + PAGE - 16));
  }

  @Test
  void scattersToPagesInAnyOrder() {
    host.fillData(0, 3 * PAGE, 5);
    assertEquals(Status.SUCCESS, io.write(0, 24, at(0), list(LIST, PAGE, 2), 0));
    host.data.buffer().putLong(LIST, at(BACK));
    host.data.buffer().putLong(LIST + 8, at(BACK - PAGE));
    assertEquals(Status.SUCCESS, io.read(0, 24, at(BACK + PAGE), at(LIST)));
    for (int i = 0; i < PAGE; i++) {
      assertEquals(RawHost.pattern(5, i), host.data.buffer().get(BACK + PAGE + i));
      assertEquals(RawHost.pattern(5, PAGE + i), host.data.buffer().get(BACK + i));
      assertEquals(RawHost.pattern(5, 2 * PAGE + i), host.data.buffer().get(BACK - PAGE + i));
    }
  }

  @Test
  void misalignedEntriesAreRefused() {
    int invalid = Status.PRP_OFFSET_INVALID | Status.DNR;
    assertEquals(invalid, io.read(0, 1, at(2), 0));
    assertEquals(invalid, io.read(0, 16, at(0), at(PAGE + 4)));
    assertEquals(invalid, io.read(0, 32, at(0), at(LIST + 4)));
    list(LIST, PAGE, 3);
    host.data.buffer().putLong(LIST + 16, at(3 * PAGE + 512));
    assertEquals(invalid, io.read(0, 32, at(0), at(LIST)));
    host.data.buffer().putLong(LIST + PAGE - 8, at(LIST + PAGE + 8));
    assertEquals(invalid, io.read(0, 32, at(0), at(LIST + PAGE - 8)));
  }

  @Test
  void unmappedMemoryIsADataTransferError() {
    int error = Status.DATA_TRANSFER_ERROR | Status.DNR;
    DmaMemory other = DmaMemory.allocate(PAGE);
    long gone = host.controller.dma().map(other);
    assertEquals(Status.SUCCESS, io.read(0, 8, gone, 0));
    host.controller.dma().unmap(gone);
    assertEquals(error, io.read(0, 8, gone, 0));
    assertEquals(error, io.read(0, 1, 0, 0));
    assertEquals(error, io.read(0, 8, at(RawHost.DATA_BYTES), 0));
    assertEquals(error, io.read(0, 16, at(RawHost.DATA_BYTES - PAGE), at(RawHost.DATA_BYTES)));
    assertEquals(error, io.read(0, 32, at(0), at(RawHost.DATA_BYTES)));
    assertEquals(error, io.read(0, 1, -PAGE, 0));
    assertEquals(error, io.read(0, 1, host.data.address(), 0), "IOVAs are not addresses");
    assertEquals(error, io.read(0, 1, EmulatedIommu.REGISTERS_BASE + 0x1000, 0));
    list(LIST, PAGE, 3);
    host.data.buffer().putLong(LIST + 8, 0);
    assertEquals(error, io.read(0, 32, at(0), at(LIST)));
    host.data.buffer().putLong(LIST + PAGE - 8, 1L << 60);
    assertEquals(error, io.read(0, 32, at(0), at(LIST + PAGE - 8)));
  }

  @Test
  void blocksBeyondTheEndAreRefusedWithoutOverflow() {
    int error = Status.LBA_OUT_OF_RANGE | Status.DNR;
    assertEquals(Status.SUCCESS, io.read(BLOCKS - 1, 1, at(0), 0));
    assertEquals(error, io.read(BLOCKS - 1, 2, at(0), 0));
    assertEquals(error, io.read(BLOCKS, 1, at(0), 0));
    assertEquals(error, io.read(-1, 1, at(0), 0));
    assertEquals(error, io.read(-8, 65536, at(0), 0));
    assertEquals(error, io.read(Long.MAX_VALUE, 65536, at(0), 0));
    assertEquals(error, io.read(Long.MIN_VALUE, 1, at(0), 0));
    assertEquals(error, io.write(BLOCKS, 1, at(0), 0, 0));
  }

  @Test
  void transfersAboveMdtsAreRefused() {
    assertEquals(Status.INVALID_FIELD | Status.DNR, io.read(0, 4097, at(0), list(LIST, PAGE, 512)));
    assertEquals(Status.SUCCESS, io.read(0, 4096, at(0), list(LIST, PAGE, 511)));
  }

  @Test
  void namespacesOpcodesAndFlagsAreChecked() {
    int cdw12 = NvmOpcode.cdw12(1, 0);
    for (int nsid : new int[] {0, 2, -1, Integer.MIN_VALUE}) {
      assertEquals(
          Status.INVALID_NAMESPACE | Status.DNR,
          io.execute(NvmOpcode.READ, nsid, at(0), 0, 0, cdw12).status());
    }
    assertEquals(Status.INVALID_NAMESPACE, code(io.flush(2)));
    assertEquals(Status.SUCCESS, io.flush(1));
    assertEquals(Status.SUCCESS, io.flush(Identify.NSID_ALL));
    for (int opcode : new int[] {NvmOpcode.WRITE_UNCORRECTABLE, 0x7F, 0x80, 0xFF}) {
      assertEquals(
          Status.INVALID_OPCODE | Status.DNR, io.execute(opcode, 1, at(0), 0, 0, cdw12).status());
    }
    for (int flags : new int[] {1 << 8, 2 << 8, 1 << 14, 2 << 14, 3 << 14}) {
      assertEquals(
          Status.INVALID_FIELD | Status.DNR,
          io.execute(NvmOpcode.READ | flags, 1, at(0), 0, 0, cdw12).status());
    }
  }

  @Test
  void readOnlyNamespaceRefusesWrites() {
    try (RawHost other =
        RawHost.started(
            EmulatedControllerConfig.builder("ro")
                .namespace(new NamespaceConfig(new MemoryStore(1 << 20), 4096, true)))) {
      RawHost.Pair pair = other.createPair(1, 4);
      assertEquals(
          Status.NAMESPACE_WRITE_PROTECTED | Status.DNR, pair.write(0, 1, other.dataIova, 0, 0));
      assertEquals(Status.SUCCESS, pair.read(0, 1, other.dataIova, 0));
      assertEquals(Status.SUCCESS, pair.flush(1));
    }
  }

  @Test
  void memoryStoreSpansItsChunks() {
    long size = (1L << 30) + (1 << 20);
    try (RawHost other = RawHost.started(RawHost.config(new MemoryStore(size), 4096))) {
      RawHost.Pair pair = other.createPair(1, 4);
      long lba = (1L << 30) / 4096 - 1;
      other.fillData(0, 2 * PAGE, 3);
      assertEquals(Status.SUCCESS, pair.write(lba, 2, other.dataIova, other.dataIova + PAGE, 0));
      assertEquals(
          Status.SUCCESS, pair.read(lba, 2, other.dataIova + BACK, other.dataIova + BACK + PAGE));
      other.assertData(BACK, 2 * PAGE, 3);
      assertEquals(Status.SUCCESS, pair.read(lba - 1, 1, other.dataIova, 0));
      assertEquals(0, other.data.buffer().get(17));
    }
  }
}
