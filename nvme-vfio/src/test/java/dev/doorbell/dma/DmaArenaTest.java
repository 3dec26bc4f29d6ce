package dev.doorbell.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.netty.util.IllegalReferenceCountException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DmaArenaTest {
  private static final int PAGE = DmaMemory.PAGE_SIZE;
  private static final long IOVA = 0x40_0000_0000L;

  private final DmaMemory memory = DmaMemory.allocate(256 * PAGE);
  private final DmaArena arena = new DmaArena(memory, IOVA);

  @Test
  void aBufferIsNewWhenHandedOut() {
    DmaBuffer buffer = arena.allocate(100);
    assertEquals(1, buffer.refCnt());
    assertEquals(0, buffer.readerIndex());
    assertEquals(0, buffer.writerIndex());
    assertEquals(PAGE, buffer.capacity());
    assertSame(arena, buffer.arena());
  }

  @Test
  void theLastReleasedBufferOfASizeIsHandedOutFirst() {
    DmaBuffer a = arena.allocate(PAGE);
    DmaBuffer b = arena.allocate(PAGE);
    a.release();
    b.release();
    assertSame(b, arena.allocate(PAGE));
    assertSame(a, arena.allocate(PAGE));
  }

  @Test
  void aReusedBufferIsAsGoodAsNew() {
    DmaBuffer buffer = arena.allocate(PAGE);
    buffer.writeLong(1).writeLong(2).readLong();
    buffer.markReaderIndex().markWriterIndex();
    buffer.retain().release(2);
    assertThrows(IllegalReferenceCountException.class, () -> buffer.getByte(0));
    DmaBuffer again = arena.allocate(PAGE);
    assertSame(buffer, again);
    assertEquals(1, again.refCnt());
    assertEquals(0, again.readerIndex());
    assertEquals(0, again.writerIndex());
  }

  @Test
  void aBufferKeepsItsMemoryWhenAskedToChangeItsCapacity() {
    DmaBuffer buffer = arena.allocate(2 * PAGE);
    assertSame(buffer, buffer.capacity(2 * PAGE));
    assertThrows(UnsupportedOperationException.class, () -> buffer.capacity(PAGE));
    buffer.setLongLE(0, 42);
    assertEquals(42, memory.buffer().getLong((int) (buffer.iova() - IOVA)));
  }

  @Test
  void contentIovaAndAddressAreOfTheSameMemory() {
    for (int pages = 1; pages <= 32; pages *= 2) {
      DmaBuffer buffer = arena.allocate(pages * PAGE);
      long offset = buffer.iova() - IOVA;
      assertEquals(0, offset % (pages * PAGE), "aligned to its size");
      assertEquals(memory.address() + offset, buffer.memoryAddress());
      assertTrue(buffer.hasMemoryAddress());
      assertEquals(pages * PAGE, buffer.capacity());
      buffer.setLongLE(0, 0xA0 + pages);
      buffer.setLongLE(buffer.capacity() - 8, 0xB0 + pages);
      assertEquals(0xA0 + pages, memory.buffer().getLong((int) offset));
      assertEquals(0xB0 + pages, memory.buffer().getLong((int) offset + pages * PAGE - 8));
    }
  }

  @Test
  void exhaustionIsNullUntilReleasesMoves() {
    List<DmaBuffer> all = new ArrayList<>();
    for (DmaBuffer b = arena.allocate(PAGE); b != null; b = arena.allocate(PAGE)) {
      all.add(b);
    }
    assertEquals(256, all.size());
    assertEquals(memory.size(), arena.bytesInUse());
    long before = arena.releases();
    assertNull(arena.allocate(1));
    assertEquals(before, arena.releases());
    all.get(17).release();
    assertNotEquals(before, arena.releases());
    assertSame(all.get(17), arena.allocate(1));
  }

  @Test
  void cachedBuffersGiveWayToALargerBlock() {
    List<DmaBuffer> all = new ArrayList<>();
    for (int i = 0; i < 128; i++) {
      all.add(arena.allocate(PAGE));
      all.add(arena.allocate(1));
    }
    all.forEach(DmaBuffer::release);
    assertEquals(0, arena.bytesInUse());
    DmaBuffer whole = arena.allocate(memory.size());
    assertNotNull(whole);
    assertEquals(IOVA, whole.iova());
    assertNull(arena.allocate(1));
    whole.release();
    assertNotNull(arena.allocate(PAGE), "and the large one to a small one");
  }

  @Test
  void aReleaseOnAnotherThreadIsTakenBackByTheOwner() throws Exception {
    DmaBuffer whole = arena.allocate(memory.size());
    long before = arena.releases();
    assertNull(arena.allocate(1));
    Thread other = new Thread(whole::release);
    other.start();
    other.join();
    assertEquals(memory.size(), arena.bytesInUse(), "not yet: the owner has not looked");
    assertSame(whole, arena.allocate(memory.size()));
    assertNotEquals(before, arena.releases());
  }

  @Test
  void releasesMovesForAReleaseOnAnotherThread() throws Exception {
    DmaBuffer buffer = arena.allocate(1);
    long before = arena.releases();
    Thread other = new Thread(buffer::release);
    other.start();
    other.join();
    assertEquals(before + 1, arena.releases());
    assertEquals(0, arena.bytesInUse());
  }

  @Test
  void releasesOfManyThreadsAllComeBack() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      List<DmaBuffer> share = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        share.add(arena.allocate(PAGE));
      }
      threads.add(new Thread(() -> share.forEach(DmaBuffer::release)));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertNotNull(arena.allocate(memory.size()));
  }

  @Test
  void onlyTheOwnerAllocates() throws Exception {
    Thread other = new Thread(() -> {});
    arena.setOwner(other);
    assertThrows(AssertionError.class, () -> arena.allocate(1));
    arena.setOwner(Thread.currentThread());
    assertNotNull(arena.allocate(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 256 * PAGE + 1, Integer.MAX_VALUE})
  void refusesSizesItCanNeverServe(int bytes) {
    assertThrows(IllegalArgumentException.class, () -> arena.allocate(bytes));
  }

  @Test
  void refusesMemoryItCannotDivide() {
    DmaMemory odd = DmaMemory.allocate(3 * PAGE);
    assertThrows(IllegalArgumentException.class, () -> new DmaArena(odd, IOVA));
    assertThrows(IllegalArgumentException.class, () -> new DmaArena(memory, IOVA + 512));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void neverHandsOutAPageTwice(long seed) {
    Random random = new Random(seed);
    List<DmaBuffer> held = new ArrayList<>();
    boolean[] used = new boolean[256];
    for (int step = 0; step < 20_000; step++) {
      if (random.nextInt(100) < (step / 700 % 2 == 0 ? 65 : 35)) {
        DmaBuffer buffer = arena.allocate(1 + random.nextInt(16 * PAGE));
        if (buffer != null) {
          set(used, buffer, true, "seed " + seed + ", step " + step);
          held.add(buffer);
        }
      } else if (!held.isEmpty()) {
        Collections.swap(held, random.nextInt(held.size()), held.size() - 1);
        DmaBuffer buffer = held.remove(held.size() - 1);
        set(used, buffer, false, "seed " + seed + ", step " + step);
        buffer.release();
      }
    }
    held.forEach(DmaBuffer::release);
    assertEquals(0, arena.bytesInUse());
    assertNotNull(arena.allocate(memory.size()), "seed " + seed);
  }

  @Test
  void allocatesNothingOnceWarm() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    // The virtual machine makes objects of its own while it links and compiles: the least counts.
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 10 && least > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      allocateAndRelease(10_000);
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least);
  }

  private void allocateAndRelease(int times) {
    for (int i = 0; i < times; i++) {
      DmaBuffer a = arena.allocate(PAGE);
      DmaBuffer b = arena.allocate(8 * PAGE);
      a.release();
      b.release();
    }
  }

  private void set(boolean[] used, DmaBuffer buffer, boolean now, String where) {
    int first = (int) ((buffer.iova() - IOVA) / PAGE);
    for (int page = first; page < first + buffer.capacity() / PAGE; page++) {
      assertEquals(!now, used[page], where + ", page " + page);
      used[page] = now;
    }
  }
}
