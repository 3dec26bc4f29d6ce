package dev.doorbell.vfio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaException;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.LinuxException;
import dev.doorbell.linux.MemoryLock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TemporaryMappingsTest {
  private static final DmaMemory PAGE = DmaMemory.allocate(4096);

  private final Set<Long> mapped = new HashSet<>();
  private int limit = 4;
  private int limitErrno = Errno.ENOSPC;
  private int resets;
  private final IovaAllocator allocator =
      new IovaAllocator(List.of(new IovaRange(0, (1L << 39) - 1)), 4096);
  private final TemporaryMappings mappings =
      new TemporaryMappings(
          new DmaPort() {
            @Override
            public void map(long address, long iova, long size) {
              if (mapped.size() >= limit) {
                throw new LinuxException("VFIO_IOMMU_MAP_DMA", "", limitErrno);
              }
              assertTrue(mapped.add(iova));
            }

            @Override
            public void unmap(long iova, long size) {
              resets++;
              mapped.removeIf(m -> m >= iova && m < iova + size);
            }
          },
          allocator,
          new Object(),
          new DmaLimits(() -> new MemoryLock(Long.MAX_VALUE, 0)));

  private static final Runnable NEVER =
      () -> {
        throw new AssertionError("called");
      };

  @Test
  void nothingIsUnmappedUntilTheLimitIsMet() {
    for (int i = 0; i < 4; i++) {
      TemporaryMappings.Request request = mappings.begin();
      assertTrue(request.map(PAGE, NEVER) > 0);
      request.end();
    }
    assertEquals(4, mapped.size());
    assertEquals(0, resets);
    // The limit is met, nobody is in flight: room is made at once.
    assertTrue(mappings.begin().map(PAGE, NEVER) > 0);
    assertEquals(1, resets);
    assertEquals(1, mapped.size());
  }

  @Test
  void theLimitWaitsForWhatIsInFlight() {
    TemporaryMappings.Request inFlight = mappings.begin();
    long iova = inFlight.map(PAGE, NEVER);
    for (int i = 0; i < 3; i++) {
      TemporaryMappings.Request done = mappings.begin();
      done.map(PAGE, NEVER);
      done.end();
    }
    List<String> woken = new ArrayList<>();
    TemporaryMappings.Request waiting = mappings.begin();
    assertEquals(TemporaryMappings.NO_ROOM, waiting.map(PAGE, () -> woken.add("first")));
    assertTrue(mapped.contains(iova), "still in flight");
    // Whoever comes now waits, too: otherwise there would be no end of it.
    TemporaryMappings.Request later = mappings.begin();
    assertEquals(TemporaryMappings.NO_ROOM, later.map(PAGE, () -> woken.add("later")));
    assertEquals(List.of(), woken);
    inFlight.end();
    assertEquals(List.of("first"), woken);
    assertEquals(Set.of(), mapped);
    assertTrue(waiting.map(PAGE, NEVER) > 0);
    waiting.submitted();
    assertEquals(List.of("first", "later"), woken);
    assertTrue(later.map(PAGE, NEVER) > 0);
  }

  @Test
  void whoeverWaitsAndIsGivenUpDoesNotBlockTheOthers() {
    TemporaryMappings.Request inFlight = mappings.begin();
    for (int i = 0; i < 4; i++) {
      inFlight.map(PAGE, NEVER);
    }
    List<String> woken = new ArrayList<>();
    TemporaryMappings.Request first = mappings.begin();
    first.map(PAGE, () -> woken.add("first"));
    TemporaryMappings.Request second = mappings.begin();
    second.map(PAGE, () -> woken.add("second"));
    TemporaryMappings.Request third = mappings.begin();
    third.map(PAGE, () -> woken.add("third"));
    first.end();
    inFlight.end();
    assertEquals(List.of("second"), woken);
    second.end();
    assertEquals(List.of("second", "third"), woken);
  }

  @Test
  void aRequestUnderConstructionKeepsWhatItHas() {
    TemporaryMappings.Request building = mappings.begin();
    long first = building.map(PAGE, NEVER);
    long second = building.map(PAGE, NEVER);
    TemporaryMappings.Request other = mappings.begin();
    other.map(PAGE, NEVER);
    other.map(PAGE, NEVER);
    other.end();
    boolean[] woken = {false};
    assertEquals(TemporaryMappings.NO_ROOM, mappings.begin().map(PAGE, () -> woken[0] = true));
    assertTrue(mapped.containsAll(List.of(first, second)));
    assertEquals(0, resets);
    building.end();
    assertTrue(woken[0]);
    assertEquals(1, resets);
  }

  @Test
  void twoUnderConstructionThatNeedMoreDoNotWaitForEachOther() {
    TemporaryMappings.Request a = mappings.begin();
    TemporaryMappings.Request b = mappings.begin();
    a.map(PAGE, NEVER);
    a.map(PAGE, NEVER);
    b.map(PAGE, NEVER);
    b.map(PAGE, NEVER);
    List<String> woken = new ArrayList<>();
    assertEquals(TemporaryMappings.NO_ROOM, a.map(PAGE, () -> woken.add("a")));
    assertEquals(List.of(), woken, "b still has its own");
    assertEquals(4, mapped.size());
    assertEquals(TemporaryMappings.NO_ROOM, b.map(PAGE, () -> woken.add("b")));
    assertEquals(List.of("a"), woken);
    assertEquals(Set.of(), mapped);
    for (int i = 0; i < 3; i++) {
      assertTrue(a.map(PAGE, NEVER) > 0);
    }
    a.submitted();
    assertEquals(List.of("a", "b"), woken);
  }

  @Test
  void aRequestThatNeverFitsIsRefused() {
    TemporaryMappings.Request request = mappings.begin();
    for (int i = 0; i < 4; i++) {
      request.map(PAGE, NEVER);
    }
    DmaException e = assertThrows(DmaException.class, () -> request.map(PAGE, NEVER));
    assertTrue(e.getMessage().contains("dma_entry_limit"), e.getMessage());
    request.end();
    assertTrue(mappings.begin().map(PAGE, NEVER) > 0);
  }

  @Test
  void olderKernelsSayNoMemoryForTheSameLimit() {
    limitErrno = Errno.ENOMEM;
    theLimitWaitsForWhatIsInFlight();
  }

  @Test
  void anotherErrorIsNoReasonToWait() {
    limit = 0;
    limitErrno = Errno.EINVAL;
    assertThrows(DmaException.class, () -> mappings.begin().map(PAGE, NEVER));
  }

  @Test
  void nothingLiveIsEverInvalidatedUnderRandomLoad() {
    Random random = new Random(11);
    limit = 16;
    record Live(TemporaryMappings.Request request, List<Long> iovas, int wanted) {}
    List<Live> live = new ArrayList<>();
    Queue<Live> waiting = new ArrayDeque<>();
    Queue<Live> ready = new ArrayDeque<>();
    int completed = 0;
    for (int step = 0; step < 50_000 || !live.isEmpty() || !waiting.isEmpty(); step++) {
      if (step < 50_000 && live.size() + waiting.size() < 8) {
        live.add(new Live(mappings.begin(), new ArrayList<>(), 1 + random.nextInt(6)));
      }
      if (!live.isEmpty()) {
        Live one = live.get(random.nextInt(live.size()));
        if (one.iovas.size() == one.wanted) {
          live.remove(one);
          one.request.submitted();
          one.request.end();
          completed++;
        } else {
          waiting.add(one);
          long iova =
              one.request.map(
                  PAGE,
                  () -> {
                    assertTrue(waiting.remove(one));
                    ready.add(one);
                  });
          if (iova == TemporaryMappings.NO_ROOM) {
            one.iovas.clear();
            live.remove(one);
          } else {
            waiting.remove(one);
            one.iovas.add(iova);
          }
        }
      }
      live.addAll(ready);
      ready.clear();
      for (Live one : live) {
        assertTrue(mapped.containsAll(one.iovas), "step " + step);
      }
    }
    assertTrue(completed > 1000, completed + " completed");
    assertTrue(resets > 100, resets + " resets");
    assertFalse(mapped.size() > limit);
  }
}
