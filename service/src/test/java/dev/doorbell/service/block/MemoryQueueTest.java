package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryQueueTest {
  private final DmaArena arena = new DmaArena(DmaMemory.allocate(16384), 0x10000);
  private final Timers timers = new Timers();
  private final MemoryQueue queue = new MemoryQueue(arena, timers, () -> timers.now, 5);
  private final List<String> events = new ArrayList<>();

  @AfterEach
  void stop() {
    timers.shutdownNow();
  }

  @Test
  void servesWaitersInOrderAndNewcomersBehindThem() {
    DmaBuffer all = queue.allocate(16384);
    queue.await(new Waiter("first", 8192));
    queue.await(new Waiter("second", 4096));
    all.release();
    assertNull(queue.allocate(4096), "whoever waits goes first");
    queue.serve();
    assertEquals(List.of("first", "second"), events);
    assertNotNull(queue.allocate(4096));
  }

  @Test
  void aLargeWaiterIsNotOvertakenBySmallOnes() {
    DmaBuffer half = queue.allocate(8192);
    queue.await(new Waiter("large", 16384));
    queue.await(new Waiter("small", 4096));
    DmaBuffer other = arena.allocate(4096);
    other.release();
    queue.serve();
    assertTrue(events.isEmpty());
    half.release();
    queue.serve();
    assertEquals(List.of("large"), events);
  }

  /** Sockets may keep what they have for ever, and what is left may be in small pieces. */
  @Test
  void whileSocketsHaveMostOfItSmallOnesDoNotWaitBehindALargeOne() {
    lendThreeQuarters();
    DmaBuffer rest = queue.allocate(4096);
    queue.await(new Waiter("large", 8192));
    queue.await(new Waiter("small", 4096));
    queue.serve();
    assertEquals(List.of(), events);
    rest.release();
    queue.serve();
    assertEquals(List.of("small"), events);
    assertEquals(1, queue.size(), "the large one goes on waiting");
  }

  private void lendThreeQuarters() {
    for (int i = 0; i < 3; i++) {
      assertNotNull(queue.allocate(4096));
      assertTrue(queue.lend(4096));
    }
    queue.serve();
  }

  @Test
  void whileSocketsHaveMostOfItANewcomerWhoWantsLittleIsServed() {
    lendThreeQuarters();
    queue.await(new Waiter("large", 8192));
    queue.serve();
    queue.await(new Waiter("small", 4096));
    queue.serve();
    assertEquals(List.of("small"), events);
  }

  @Test
  void whoWaitsTooLongIsToldSo() {
    queue.allocate(16384);
    queue.await(new Waiter("first", 4096));
    timers.now = TimeUnit.MILLISECONDS.toNanos(3);
    queue.await(new Waiter("second", 4096));
    timers.now = TimeUnit.MILLISECONDS.toNanos(5);
    timers.fire();
    assertEquals(List.of("first timed out"), events);
    timers.now = TimeUnit.MILLISECONDS.toNanos(8);
    timers.fire();
    assertEquals(List.of("first timed out", "second timed out"), events);
    assertEquals(0, queue.size());
  }

  @Test
  void socketsAreLentMostOfTheMemoryAndThenHaveToCopy() {
    assertTrue(queue.lend(8192));
    queue.serve();
    assertFalse(queue.scarce());
    assertTrue(queue.lend(4096));
    assertFalse(queue.lend(4096), "an eighth stays");
    queue.serve();
    assertTrue(queue.scarce());
    queue.giveBack(4096);
    assertFalse(queue.lend(4096), "not in this turn");
    queue.serve();
    assertTrue(queue.lend(4096));
  }

  @Test
  void copiesAreBoundedToo() {
    assertTrue(queue.takeCopy(16 * 16384));
    assertFalse(queue.takeCopy(1));
    queue.endCopy(1);
    assertTrue(queue.takeCopy(1));
  }

  /** What the first wanted was too much, what the next wants is there. */
  @Test
  void theNextIsServedWhenTheFirstGivesUp() {
    DmaBuffer half = queue.allocate(8192);
    queue.await(new Waiter("large", 16384));
    timers.now = TimeUnit.MILLISECONDS.toNanos(3);
    queue.await(new Waiter("small", 4096));
    queue.serve();
    timers.now = TimeUnit.MILLISECONDS.toNanos(5);
    timers.fire();
    assertEquals(List.of("large timed out", "small"), events);

    Waiter gone = new Waiter("gone", 16384);
    queue.await(gone);
    queue.await(new Waiter("another", 4096));
    queue.serve();
    queue.forget(gone);
    queue.serve();
    assertEquals(List.of("large timed out", "small", "another"), events);
    half.release();
  }

  @Test
  void whoForgetsIsNotServed() {
    DmaBuffer all = queue.allocate(16384);
    Waiter gone = new Waiter("gone", 4096);
    queue.await(gone);
    queue.forget(gone);
    all.release();
    queue.serve();
    assertTrue(events.isEmpty());
  }

  private final class Waiter implements MemoryQueue.Waiter {
    private final String name;
    private final int bytes;

    Waiter(String name, int bytes) {
      this.name = name;
      this.bytes = bytes;
    }

    @Override
    public int bytesWanted() {
      return bytes;
    }

    @Override
    public void memoryArrived(DmaBuffer buffer) {
      events.add(name);
    }

    @Override
    public void memoryTimedOut() {
      events.add(name + " timed out");
    }
  }

  /** Timers that fire when the test says so. */
  private static final class Timers extends ScheduledThreadPoolExecutor {
    private final List<Runnable> scheduled = new ArrayList<>();
    private long now;

    Timers() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
      scheduled.add(command);
      return null;
    }

    void fire() {
      List<Runnable> due = List.copyOf(scheduled);
      scheduled.clear();
      due.forEach(Runnable::run);
    }
  }
}
