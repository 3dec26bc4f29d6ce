package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.spec.Status;
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

  /** Behind requests that wait: what it covers has been paid for. */
  @Test
  void aFlushPassesThoseThatWaitForTheRate() {
    try (BlockWorld world = world(rate(10, 1).withMaxWaiting(2))) {
      BlockWorld.Loop loop = world.loops.get(0);
      List<TestRequest> requests = reads(world, loop, 3, null);
      TestRequest flush = new TestRequest();
      loop.device.flush(flush);
      world.settle();
      assertTrue(flush.done);
      assertEquals(0, flush.status);
      assertEquals(1, done(requests));
      world.configure(BlockSettings.PLAIN);
      take(requests);
    }
  }

  /** The timer of the old rate may be hours away. */
  @Test
  void aRateThatIsRaisedCountsAtOnce() {
    try (BlockWorld world = world(BlockSettings.PLAIN.withRates(0, 1, 1))) {
      List<TestRequest> requests = reads(world, world.loops.get(0), 6, null);
      world.settle();
      assertEquals(1, done(requests));
      world.configure(rate(1000, 1));
      assertEquals(3, done(requests));
      long timers = world.timers.soonest();
      assertTrue(timers <= MS, "the next look is in " + timers + " ns");
      world.passDue(MS);
      assertEquals(4, done(requests));
      world.passDue(MS);
      assertEquals(5, done(requests));
      world.configure(BlockSettings.PLAIN);
      take(requests);
    }
  }

  @Test
  void otherSettingsDoNotRefreshTheRate() {
    try (BlockWorld world = world(rate(10, 1))) {
      List<TestRequest> requests = reads(world, world.loops.get(0), 5, null);
      world.settle();
      assertEquals(1, done(requests));
      for (int i = 0; i < 4; i++) {
        world.configure(rate(10, 1).withMerge(i % 2 == 0));
      }
      assertEquals(1, done(requests));
      world.configure(BlockSettings.PLAIN);
      take(requests);
    }
  }

  @Test
  void whatWaitedWhileStoppedStillKeepsToTheRate() {
    BlockSettings settings = rate(1000, 1).withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP);
    try (BlockWorld world = world(settings)) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failReads(o -> true, Status.UNRECOVERED_READ_ERROR);
      List<TestRequest> failed = reads(world, loop, 1, null);
      world.settle();
      List<TestRequest> greedy = reads(world, loop, 20, "greedy");
      List<TestRequest> modest = reads(world, loop, 3, "modest");
      world.store.cure();
      world.control().resume();
      world.settle();
      assertEquals(1, done(failed), "it has paid before");
      assertEquals(1, done(greedy));
      for (int ms = 0; ms < 6; ms++) {
        world.pass(MS);
      }
      assertEquals(3, done(modest));
      assertEquals(4, done(greedy));
      world.configure(BlockSettings.PLAIN);
      take(failed);
      take(greedy);
      take(modest);
    }
  }

  /** Other namespaces of the controller live from the same memory. */
  @Test
  void writesThatWaitForTheRateHoldAPartOfTheMemoryOnly() {
    try (BlockWorld world = new BlockWorld(1, BLOCK, 4 << 20, 64, 1 << 20, rate(10, 1))) {
      BlockWorld.Loop loop = world.loops.get(0);
      List<TestRequest> writes = new ArrayList<>();
      TestRequest last = new TestRequest();
      while (last.write(loop.device, 0, new byte[64 << 10]) && !last.done) {
        writes.add(last);
        last = new TestRequest();
      }
      assertEquals(BlockStatus.BUSY, last.status);
      assertEquals(1 + 4, writes.size(), "one goes, of 1 MiB a quarter waits");
      world.configure(BlockSettings.PLAIN);
      assertEquals(5, done(writes));
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void readsIntoOneBufferCountForTheirPartsOfIt() {
    try (BlockWorld world = world(rate(10, 1))) {
      BlockWorld.Loop loop = world.loops.get(0);
      DmaBuffer buffer = loop.device.memory().allocate(512 << 10);
      List<TestRequest> reads = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        TestRequest read = new TestRequest();
        loop.device.readInto(read, 0, BLOCK, buffer, i * BLOCK);
        reads.add(read);
      }
      world.settle();
      assertEquals(1, done(reads), "the others wait");
      world.configure(BlockSettings.PLAIN);
      assertEquals(10, done(reads));
      assertTrue(reads.stream().allMatch(r -> r.status == 0));
      buffer.release();
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void oneWriteWaitsHoweverSmallTheArena() {
    try (BlockWorld world = new BlockWorld(1, BLOCK, 1 << 20, 64, 128 << 10, rate(10, 1))) {
      BlockWorld.Loop loop = world.loops.get(0);
      TestRequest first = world.write(loop, 0, new byte[64 << 10]);
      TestRequest second = world.write(loop, 0, new byte[64 << 10]);
      world.settle();
      assertTrue(first.done);
      assertFalse(second.done);
      world.configure(BlockSettings.PLAIN);
      assertTrue(second.done);
      assertEquals(0, second.status);
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
