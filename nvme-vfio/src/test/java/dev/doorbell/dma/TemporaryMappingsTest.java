package dev.doorbell.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.TemporaryMappings.Outcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TemporaryMappingsTest {
  private static final DmaMemory PAGE = DmaMemory.allocate(4096);

  private final Room room = new Room();
  private final TemporaryMappings mappings = new TemporaryMappings(room, 4096);
  private final List<String> ready = new ArrayList<>();

  /** Room for so many mappings, at addresses that are never used again. */
  private static final class Room implements TemporarySpace {
    private final Set<Long> mapped = new HashSet<>();
    private int limit = 4;

    /** Mappings that others have, of the same limit. */
    private int others;

    private boolean refusing;
    private long next = 4096;

    @Override
    public long capacity() {
      return 16 * 4096;
    }

    @Override
    public long map(DmaMemory memory) {
      if (refusing) {
        return REFUSED;
      }
      if (mapped.size() + others >= limit) {
        return NO_ROOM;
      }
      next += 8192;
      mapped.add(next);
      return next;
    }

    @Override
    public void unmapAll() {
      mapped.clear();
    }

    @Override
    public void close() {
      unmapAll();
    }
  }

  private class Request extends TemporaryRequest {
    private final String name;

    Request(String name, int pages) {
      this.name = name;
      for (int i = 0; i < pages; i++) {
        add(PAGE);
      }
    }

    @Override
    protected void ready(boolean mapped) {
      ready.add(name + (mapped ? "" : " without"));
    }

    boolean isMapped() {
      for (int i = 0; i < count(); i++) {
        if (!room.mapped.contains(iova(i))) {
          return false;
        }
      }
      return true;
    }
  }

  private Request mapped(String name, int pages) {
    Request request = new Request(name, pages);
    assertEquals(Outcome.MAPPED, mappings.map(request));
    assertTrue(request.isMapped());
    return request;
  }

  private Request waits(String name, int pages) {
    Request request = new Request(name, pages);
    assertEquals(Outcome.WAITING, mappings.map(request));
    return request;
  }

  @Test
  void nothingIsUnmappedUntilTheLimitIsMet() {
    for (int i = 0; i < 4; i++) {
      mapped("a", 1);
      mappings.end();
    }
    assertEquals(4, room.mapped.size());
    assertEquals(0, mappings.unmaps());
    // The limit is met, nobody is in flight: room is made at once.
    mapped("b", 1);
    assertEquals(1, mappings.unmaps());
    assertEquals(1, room.mapped.size());
    assertEquals(0, mappings.waits());
  }

  @Test
  void theLimitWaitsForWhatIsInFlightAndNobodyOvertakes() {
    Request inFlight = mapped("in flight", 1);
    for (int i = 0; i < 3; i++) {
      mapped("done", 1);
      mappings.end();
    }
    waits("first", 1);
    assertTrue(inFlight.isMapped());
    waits("second", 1);
    assertEquals(List.of(), ready);
    mappings.end();
    assertEquals(List.of("first", "second"), ready);
    assertEquals(2, room.mapped.size());
    assertEquals(2, mappings.waits());
  }

  @Test
  void whatAWaitingRequestHadHalfWayIsNotCountedAndWhatOthersHaveStays() {
    Request inFlight = mapped("in flight", 2);
    // Two of its three pages find room, then it gives them up.
    waits("three", 3);
    assertTrue(inFlight.isMapped());
    mappings.end();
    assertEquals(List.of("three"), ready);
    assertEquals(3, room.mapped.size());
  }

  @Test
  void thoseThatWaitAreMappedAsFarAsThereIsRoomAndTheOthersGoOnWaiting() {
    mapped("in flight", 4);
    Request a = waits("a", 3);
    Request b = waits("b", 3);
    Request c = waits("c", 1);
    mappings.end();
    assertEquals(List.of("a"), ready, "b finds no room beside a, and c does not overtake it");
    assertTrue(a.isMapped());
    mappings.end();
    assertEquals(List.of("a", "b", "c"), ready);
    assertTrue(b.isMapped() && c.isMapped());
  }

  @Test
  void roomThatOthersHaveIsNotWaitedFor() {
    room.others = 4;
    assertEquals(Outcome.REFUSED, mappings.map(new Request("a", 1)));
    room.others = 2;
    mapped("b", 2);
    waits("c", 1);
    room.others = 4;
    mappings.end();
    assertEquals(List.of("c without"), ready);
    room.others = 0;
    mapped("d", 4);
  }

  @Test
  void whatCanNeverBeMappedIsRefused() {
    assertEquals(Outcome.REFUSED, mappings.map(new Request("more than there is room for", 17)));
    assertEquals(Outcome.REFUSED, mappings.map(new Request("more than may be mapped", 5)));
    mapped("a", 1);
    room.refusing = true;
    assertEquals(Outcome.REFUSED, mappings.map(new Request("cannot be pinned", 1)));
    room.refusing = false;
    mapped("b", 1);
  }

  @Test
  void aRequestMayBeginAnotherWhenItIsReady() {
    mapped("in flight", 4);
    Request inner = new Request("inner", 3);
    Request outer =
        new Request("outer", 2) {
          @Override
          protected void ready(boolean isMapped) {
            super.ready(isMapped);
            assertEquals(Outcome.WAITING, mappings.map(inner));
          }
        };
    assertEquals(Outcome.WAITING, mappings.map(outer));
    mappings.end();
    assertEquals(List.of("outer"), ready);
    mappings.end();
    assertEquals(List.of("outer", "inner"), ready);
    assertTrue(inner.isMapped());
  }

  @Test
  void onlyLargeDirectMemoryOfWholePagesIsWorthIt() {
    TemporaryMappings large = new TemporaryMappings(room, 8192);
    ByteBuf direct = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(1 << 16).alignedSlice(4096));
    assertEquals(8192, large.candidate(direct, 4096, 8192).size());
    assertEquals(16384, large.candidate(direct.slice(4096, 32768), 4096, 16384).size());
    assertNotNull(mappings.candidate(direct, 0, 4096));
    assertNull(large.candidate(direct, 0, 4096), "too small");
    assertNull(large.candidate(direct, 512, 8192), "does not begin at a page");
    assertNull(large.candidate(direct, 0, 8704), "does not end at a page");
    assertNull(large.candidate(Unpooled.buffer(8192), 0, 8192), "on the heap");
    ByteBuf two = Unpooled.wrappedBuffer(direct.slice(0, 4096), direct.slice(8192, 4096));
    assertNull(large.candidate(two, 0, 8192), "in two pieces");
  }

  @Test
  void nothingLiveIsEverUnmappedUnderRandomLoad() {
    Random random = new Random(11);
    room.limit = 16;
    List<Request> live = new ArrayList<>();
    int[] waiting = {0};
    int ended = 0;
    for (int step = 0; step < 100_000 || !live.isEmpty() || waiting[0] > 0; step++) {
      if (step < 100_000 && live.size() + waiting[0] < 8) {
        Request request =
            new Request("", 1 + random.nextInt(6)) {
              @Override
              protected void ready(boolean mapped) {
                assertTrue(mapped);
                waiting[0]--;
                live.add(this);
              }
            };
        switch (mappings.map(request)) {
          case MAPPED -> live.add(request);
          case WAITING -> waiting[0]++;
          case REFUSED -> throw new AssertionError("step " + step);
        }
      }
      if (!live.isEmpty() && random.nextInt(3) == 0) {
        live.remove(random.nextInt(live.size()));
        ended++;
        mappings.end();
      }
      for (Request one : live) {
        assertTrue(one.isMapped(), "step " + step);
      }
    }
    assertTrue(ended > 10_000, ended + " ended");
    assertTrue(mappings.unmaps() > 1000, mappings.unmaps() + " times unmapped");
    assertTrue(mappings.waits() > 1000, mappings.waits() + " waits");
  }
}
