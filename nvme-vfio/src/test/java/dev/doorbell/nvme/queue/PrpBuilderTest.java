package dev.doorbell.nvme.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrpBuilderTest {
  private static final int PAGE = 4096;
  private static final long LISTS = 0x9_0000_0000L;
  private static final long DATA = 0x1_0000_0000L;
  private static final int SLOTS = 3;
  private static final int SLOT = 2;
  private static final int LIST_PAGES = 3;
  private static final int LISTS_OFFSET = 2 * PAGE;

  private final ByteBuffer lists =
      ByteBuffer.allocate(LISTS_OFFSET + SLOTS * LIST_PAGES * PAGE).order(ByteOrder.LITTLE_ENDIAN);
  private final PrpBuilder prps = new PrpBuilder(lists, LISTS_OFFSET, LISTS, PAGE, LIST_PAGES);
  private final long slotIova = LISTS + (long) SLOT * LIST_PAGES * PAGE;

  @Test
  void noDataHasNoEntries() {
    build(new Transfer());
    assertPrps(0, 0);
  }

  @Test
  void onePage() {
    build(new Transfer().add(DATA, PAGE));
    assertPrps(DATA, 0);
  }

  @Test
  void partOfAPageAtAnOffset() {
    build(new Transfer().add(DATA + 512, PAGE - 512));
    assertPrps(DATA + 512, 0);
  }

  @Test
  void anOffsetThatReachesIntoTheNextPage() {
    build(new Transfer().add(DATA + 4092, 8));
    assertPrps(DATA + 4092, DATA + PAGE);
  }

  @Test
  void twoPagesNeedNoList() {
    build(new Transfer().add(DATA, 2 * PAGE));
    assertPrps(DATA, DATA + PAGE);
  }

  @Test
  void threePagesNeedAList() {
    build(new Transfer().add(DATA, 3 * PAGE));
    assertPrps(DATA, slotIova);
    assertEquals(DATA + PAGE, listEntry(0, 0));
    assertEquals(DATA + 2 * PAGE, listEntry(0, 1));
    assertEquals(0, listEntry(0, 2));
  }

  @Test
  void twoPagesAtAnOffsetAreThree() {
    build(new Transfer().add(DATA + 8, 2 * PAGE));
    assertPrps(DATA + 8, slotIova);
    assertEquals(DATA + PAGE, listEntry(0, 0));
    assertEquals(DATA + 2 * PAGE, listEntry(0, 1));
  }

  @Test
  void aListThatFillsItsPageDoesNotChain() {
    build(new Transfer().add(DATA, 513 * PAGE));
    assertPrps(DATA, slotIova);
    for (int i = 0; i < 512; i++) {
      assertEquals(DATA + (1L + i) * PAGE, listEntry(0, i));
    }
    assertEquals(0, listEntry(1, 0));
  }

  @Test
  void oneEntryMoreChainsThroughTheLastEntry() {
    build(new Transfer().add(DATA, 514 * PAGE));
    assertPrps(DATA, slotIova);
    assertEquals(DATA + 511L * PAGE, listEntry(0, 510));
    assertEquals(slotIova + PAGE, listEntry(0, 511));
    assertEquals(DATA + 512L * PAGE, listEntry(1, 0));
    assertEquals(DATA + 513L * PAGE, listEntry(1, 1));
    assertEquals(0, listEntry(1, 2));
  }

  @Test
  void theLongestListFillsAllItsPages() {
    int pages = 1 + 511 + 511 + 512;
    build(new Transfer().add(DATA, pages * PAGE));
    assertEquals(slotIova + 2 * PAGE, listEntry(1, 511));
    assertEquals(DATA + (pages - 1L) * PAGE, listEntry(2, 511));
    assertFalse(prps.accepts(new Transfer().add(DATA, pages * PAGE + 4)));
  }

  @Test
  void aSecondSegmentOfOnePageIsPrp2() {
    build(new Transfer().add(DATA + 1024, PAGE - 1024).add(0x5000, 512));
    assertPrps(DATA + 1024, 0x5000);
  }

  @Test
  void segmentsFollowEachOtherInTheList() {
    build(
        new Transfer()
            .add(DATA + 1024, 2 * PAGE - 1024)
            .add(0x5000, 2 * PAGE)
            .add(0x9_9000, PAGE)
            .add(0x2000, 4));
    assertPrps(DATA + 1024, slotIova);
    long[] expected = {DATA + PAGE, 0x5000, 0x6000, 0x9_9000, 0x2000, 0};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], listEntry(0, i));
    }
  }

  @Test
  void acceptsNoGapBetweenSegments() {
    assertTrue(prps.accepts(new Transfer().add(DATA, PAGE).add(DATA + 8 * PAGE, 4)));
    assertFalse(prps.accepts(new Transfer().add(DATA, PAGE - 4).add(DATA + PAGE, PAGE)));
    assertFalse(prps.accepts(new Transfer().add(DATA, PAGE).add(DATA + PAGE + 4, PAGE)));
    assertFalse(
        prps.accepts(
            new Transfer().add(DATA, PAGE).add(DATA + PAGE, 512).add(DATA + 2 * PAGE, PAGE)));
  }

  @Test
  void acceptsNoStartBetweenDwords() {
    assertTrue(prps.accepts(new Transfer().add(DATA + 4, 512)));
    assertFalse(prps.accepts(new Transfer().add(DATA + 2, 512)));
  }

  @Test
  void acceptsNoSegmentWithoutBytes() {
    assertFalse(prps.accepts(new Transfer().add(DATA, -4096)));
    assertFalse(prps.accepts(new Transfer().add(DATA, PAGE).add(DATA + PAGE, 0)));
    assertFalse(prps.accepts(new Transfer().add(DATA, PAGE).add(DATA + PAGE, -4096)));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 4096, 1",
    "4096, 4096, 1",
    "2097152, 4096, 1", // 512 entries fill a page
    "2097153, 4096, 2", // 513 do not
    "2097152, 8192, 1",
    "4186112, 4096, 2", // 1022 pages: 511 and 511
    "4190208, 4096, 2", // 1023 pages: 511 and 512
    "4190209, 4096, 3",
    "8388608, 8192, 1",
    "8388609, 8192, 2",
    "33554432, 4096, 17"
  })
  void listPagesAtTheLimits(int bytes, int pageSize, int pages) {
    assertEquals(pages, PrpBuilder.listPagesFor(bytes, pageSize));
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 8192, 65536})
  void aTransferOfTheAgreedSizeFitsWhereverItStarts(int pageSize) {
    int perPage = pageSize / 8;
    for (long pages : new long[] {1, 2, perPage, perPage + 1, 2L * perPage - 1, 2L * perPage}) {
      if (pages * pageSize > 1 << 26) {
        continue;
      }
      for (int bytes : new int[] {(int) pages * pageSize - 4, (int) pages * pageSize}) {
        int listPages = PrpBuilder.listPagesFor(bytes, pageSize);
        ByteBuffer memory =
            ByteBuffer.allocate(listPages * pageSize).order(ByteOrder.LITTLE_ENDIAN);
        PrpBuilder builder = new PrpBuilder(memory, 0, LISTS, pageSize, listPages);
        for (int offset : new int[] {0, 4, pageSize - 4}) {
          Transfer transfer = new Transfer().add(DATA + offset, bytes);
          assertTrue(builder.accepts(transfer), bytes + " bytes at " + offset);
          builder.build(0, transfer);
          assertEquals(bytes, expand(builder, memory, 0, pageSize, bytes).size() * 4);
        }
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void namesEveryDwordInOrder(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      Transfer transfer = new Transfer();
      List<Long> expected = new ArrayList<>();
      int segments = random.nextInt(4) == 0 ? 1 + random.nextInt(20) : 1;
      int bytes = 0;
      for (int i = 0; i < segments; i++) {
        long page = (1L + random.nextInt(1 << 28)) * PAGE;
        int offset = i == 0 && random.nextBoolean() ? 4 * random.nextInt(PAGE / 4) : 0;
        int most = segments > 1 || random.nextInt(4) > 0 ? 12 : 1500;
        int length = (1 + random.nextInt(most)) * PAGE - offset;
        if (i == segments - 1) {
          length -= 4 * random.nextInt(Math.min(PAGE, length) / 4);
        }
        transfer.add(page + offset, length);
        bytes += length;
        for (int at = 0; at < length; at += 4) {
          expected.add(page + offset + at);
        }
      }
      assertTrue(prps.accepts(transfer), "seed " + seed + ", round " + round);
      int slot = random.nextInt(SLOTS);
      prps.build(slot, transfer);
      assertEquals(
          expected,
          expand(prps, lists, LISTS_OFFSET, PAGE, bytes),
          "seed " + seed + ", round " + round);
    }
  }

  private void build(Transfer transfer) {
    assertTrue(prps.accepts(transfer));
    prps.build(SLOT, transfer);
  }

  private void assertPrps(long prp1, long prp2) {
    assertEquals(Long.toHexString(prp1), Long.toHexString(prps.prp1()));
    assertEquals(Long.toHexString(prp2), Long.toHexString(prps.prp2()));
  }

  private long listEntry(int page, int index) {
    return lists.getLong(LISTS_OFFSET + (SLOT * LIST_PAGES + page) * PAGE + index * 8);
  }

  /** What a controller would touch: the address of every dword of the transfer, in order. */
  private static List<Long> expand(
      PrpBuilder prps, ByteBuffer lists, int listsOffset, int pageSize, int bytes) {
    List<Long> dwords = new ArrayList<>();
    int left = addRun(dwords, prps.prp1(), bytes, pageSize);
    if (left > pageSize) {
      long list = prps.prp2();
      int index = 0;
      while (left > 0) {
        long entry = lists.getLong(listsOffset + (int) (list - LISTS) + index * 8);
        if (index == pageSize / 8 - 1 && left > pageSize) {
          assertEquals(0, entry % pageSize, "list page");
          list = entry;
          index = 0;
          continue;
        }
        assertEquals(0, entry % pageSize, "only the first entry may have an offset");
        left = addRun(dwords, entry, left, pageSize);
        index++;
      }
    } else if (left > 0) {
      assertEquals(0, prps.prp2() % pageSize, "only the first entry may have an offset");
      left = addRun(dwords, prps.prp2(), left, pageSize);
    }
    assertEquals(0, left);
    return dwords;
  }

  private static int addRun(List<Long> dwords, long start, int left, int pageSize) {
    int run = (int) Math.min(left, pageSize - start % pageSize);
    for (int at = 0; at < run; at += 4) {
      dwords.add(start + at);
    }
    return left - run;
  }

  private static final class Transfer extends Command {
    Transfer add(long iova, int length) {
      addSegment(iova, length);
      return this;
    }

    @Override
    protected void completed(int status, long result) {}
  }
}
