package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.block.BlockCounters.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Rates of a namespace, by a clock of the test's own. */
class RateLimitTest {
  private static final int BLOCK = 4096;
  private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

  @Test
  void soManyOperationsASecondAndABurst() {
    try (BlockWorld world = world(BlockSettings.PLAIN.withRates(1000, 0, 10))) {
      List<TestRequest> requests = reads(world, world.loops.get(0), 60, null);
      world.settle();
      assertEquals(11, done(requests), "the burst, and one");
      world.pass(20 * MS);
      assertEquals(22, done(requests), "what was not used beyond the burst is lost");
      for (int ms = 0; ms < 38; ms++) {
        assertEquals(22 + ms, done(requests));
        world.pass(MS);
      }
      assertEquals(60, done(requests));
      assertEquals(0, world.device().waiting());
      take(requests);
    }
  }

  @Test
  void soManyBytesASecondWhateverTheRequests() {
    try (BlockWorld world = world(BlockSettings.PLAIN.withRates(0, 4_096_000, 1))) {
      List<TestRequest> requests = reads(world, world.loops.get(0), 3, null);
      world.settle();
      assertEquals(2, done(requests));
      TestRequest large = world.read(world.loops.get(0), 0, 10 * BLOCK);
      world.pass(MS);
      assertEquals(3, done(requests));
      world.pass(MS);
      assertTrue(large.done, "it may go, and is paid for afterwards");
      TestRequest after = world.read(world.loops.get(0), 0, BLOCK);
      world.pass(9 * MS);
      assertFalse(after.done);
      world.pass(MS);
      assertTrue(after.done);
      take(requests);
      large.take();
      after.take();
    }
  }

  @Test
  void allLoopsShareTheRate() {
    try (BlockWorld world = new BlockWorld(2, BLOCK, 1 << 20, rate(1000, 1))) {
      List<TestRequest> requests = reads(world, world.loops.get(0), 10, null);
      requests.addAll(reads(world, world.loops.get(1), 10, null));
      world.settle();
      assertEquals(2, done(requests));
      for (int ms = 0; ms < 10; ms++) {
        world.pass(MS);
      }
      assertEquals(12, done(requests));
      world.pass(100 * MS);
      world.pass(100 * MS);
      for (int ms = 0; ms < 10; ms++) {
        world.pass(100 * MS);
      }
      assertEquals(20, done(requests));
      take(requests);
    }
  }

  @Test
  void clientsOfALoopTakeTurns() {
    try (BlockWorld world = world(rate(1000, 1))) {
      BlockWorld.Loop loop = world.loops.get(0);
      List<TestRequest> greedy = reads(world, loop, 40, "greedy");
      List<TestRequest> modest = reads(world, loop, 5, "modest");
      world.settle();
      for (int ms = 0; ms < 10; ms++) {
        world.pass(MS);
      }
      assertEquals(5, done(modest));
      assertEquals(2 + 5, done(greedy));
      for (int ms = 0; ms < 33; ms++) {
        world.pass(MS);
      }
      assertEquals(40, done(greedy));
      take(greedy);
      take(modest);
    }
  }

  @Test
  void flushesAreNotHeldBackAndTooManyAreRefused() {
    try (BlockWorld world = world(rate(10, 1).withMaxWaiting(4))) {
      BlockWorld.Loop loop = world.loops.get(0);
      List<TestRequest> requests = reads(world, loop, 6, null);
      world.settle();
      assertEquals(2, done(requests), "one that went, one that found no place");
      assertEquals(BlockStatus.BUSY, requests.get(5).status);
      assertEquals(1, world.device().counters().get(BlockKind.READ, Counter.BUSY));
      world.configure(BlockSettings.PLAIN);
      assertEquals(6, done(requests), "without a limit nobody waits");
      requests.remove(5);
      take(requests);
      TestRequest flush = new TestRequest();
      loop.device.flush(flush);
      world.settle();
      assertTrue(flush.done);
    }
  }

  private static BlockWorld world(BlockSettings settings) {
    return new BlockWorld(1, BLOCK, 1 << 20, settings);
  }

  private static BlockSettings rate(long operations, int burst) {
    return BlockSettings.PLAIN.withRates(operations, 0, burst);
  }

  private static List<TestRequest> reads(
      BlockWorld world, BlockWorld.Loop loop, int count, Object client) {
    List<TestRequest> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TestRequest request = new TestRequest();
      request.setClient(client);
      request.read(loop.device, 0, BLOCK);
      all.add(request);
    }
    assertEquals(0, world.bytesInUse() % BLOCK);
    return all;
  }

  private static int done(List<TestRequest> requests) {
    return (int) requests.stream().filter(r -> r.done).count();
  }

  private static void take(List<TestRequest> requests) {
    requests.forEach(TestRequest::take);
  }
}
