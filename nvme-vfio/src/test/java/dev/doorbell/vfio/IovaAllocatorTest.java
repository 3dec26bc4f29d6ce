package dev.doorbell.vfio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IovaAllocatorTest {
  private static final long END_39 = (1L << 39) - 1;
  private static final long PAGE = 4096;

  private static IovaAllocator of(IovaRange... usable) {
    return new IovaAllocator(List.of(usable), PAGE);
  }

  @Test
  void theLowestComeFirst() {
    IovaAllocator allocator = of(new IovaRange(0, END_39));
    assertEquals(0x1_0000, allocator.allocate(4096, 1));
    assertEquals(0x1_1000, allocator.allocate(1, 1));
    assertEquals(0x1_2000, allocator.allocate(4096, 1));
  }

  @Test
  void whatIsGivenBackIsJoinedAgain() {
    IovaAllocator allocator = of(new IovaRange(0, END_39));
    long before = allocator.freeBytes();
    for (int round = 0; round < 100_000; round++) {
      long iova = allocator.allocate(1 << 20, 1 << 20);
      assertEquals(1 << 20, iova);
      allocator.free(iova, 1 << 20);
    }
    assertEquals(before, allocator.freeBytes());
  }

  @Test
  void anyOrderOfGivingBackLeavesOnePiece() {
    Random random = new Random(7);
    IovaAllocator allocator = of(new IovaRange(0, 0xFFFF_FFFFL));
    long before = allocator.freeBytes();
    Map<Long, Long> taken = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      if (random.nextInt(3) > 0) {
        long size = PAGE * (1 + random.nextInt(64));
        long alignment = PAGE << random.nextInt(6);
        long iova = allocator.allocate(size, alignment);
        assertEquals(0, iova & alignment - 1);
        taken.forEach((start, bytes) -> assertTrue(iova >= start + bytes || start >= iova + size));
        taken.put(iova, size);
      } else if (!taken.isEmpty()) {
        long iova = taken.keySet().iterator().next();
        allocator.free(iova, taken.remove(iova));
      }
      if (taken.size() > 100) {
        taken.forEach(allocator::free);
        taken.clear();
        assertEquals(before, allocator.freeBytes());
      }
    }
    taken.forEach(allocator::free);
    assertEquals(before, allocator.freeBytes());
    assertEquals(0x1_0000, allocator.allocate(before, 1), "one piece again");
  }

  @Test
  void reservedRangesAreNeverHandedOut() {
    IovaAllocator allocator =
        of(new IovaRange(0, 0xFEDF_FFFFL), new IovaRange(0xFEF0_0000L, END_39));
    long size = 0xFEDF_0000L - 0x1_0000;
    assertEquals(0x1_0000, allocator.allocate(size, 1));
    assertEquals(0xFEDF_0000L, allocator.allocate(0x1_0000, 1));
    assertEquals(0xFEF0_0000L, allocator.allocate(0x1_0000, 1));
  }

  @Test
  void withoutRangesTheMessageAreaIsLeftOut() {
    IovaAllocator allocator = of();
    assertEquals(0x1_0000, allocator.allocate(0xFEE0_0000L - 0x1_0000, 1));
    assertEquals(0xFEF0_0000L, allocator.allocate(PAGE, 1));
  }

  @Test
  void whatA39BitIommuReachesComesFirst() {
    IovaAllocator allocator = of(new IovaRange(0, Long.MAX_VALUE));
    assertEquals(END_39 + 1 - 0x1_0000, allocator.freeBytes());
    IovaAllocator high = of(new IovaRange(1L << 40, Long.MAX_VALUE));
    assertEquals(1L << 40, high.allocate(PAGE, 1));
  }

  @Test
  void saysSoWhenNothingIsLeft() {
    IovaAllocator allocator = of(new IovaRange(0, 0x1_FFFF));
    assertEquals(IovaAllocator.NONE, allocator.allocate(1 << 20, 1));
    long pages = 0;
    while (allocator.allocate(PAGE, 1) != IovaAllocator.NONE) {
      pages++;
    }
    assertEquals(16, pages);
    assertThrows(IllegalArgumentException.class, () -> of(new IovaRange(0, 0xFFFF)));
  }
}
