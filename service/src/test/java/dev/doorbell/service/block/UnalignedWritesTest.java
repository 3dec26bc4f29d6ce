package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes that do not start and end at blocks, one after another and many at once. */
class UnalignedWritesTest {
  private static final int ARENA = 1 << 20;
  private static final int TRANSFER = 64 << 10;

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void mergeWithWhatTheBlocksHold(int blockSize) {
    long seed = 11;
    Random random = new Random(seed);
    byte[] oracle = new byte[1 << 20];
    try (TestLoops world = new TestLoops(1, blockSize, TRANSFER, ARENA, seed)) {
      BlockDevice device = world.loops.get(0).device;
      TestRequest request = new TestRequest();
      for (int i = 0; i < 2000; i++) {
        int offset = random.nextInt(oracle.length - 1);
        int most = (int) (world.namespace.commandEnd(offset, oracle.length) - offset);
        int length = 1 + random.nextInt(random.nextBoolean() ? most : Math.min(most, 600));
        if (random.nextInt(3) > 0) {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          assertTrue(request.write(device, offset, bytes));
          finish(world, request);
          System.arraycopy(bytes, 0, oracle, offset, length);
        } else {
          request.read(device, offset, length);
          finish(world, request);
          assertArrayEquals(
              Arrays.copyOfRange(oracle, offset, offset + length),
              request.take(),
              "seed " + seed + ", operation " + i + ", " + offset + "+" + length);
        }
      }
      assertEquals(0, world.loops.get(0).queue.arena().bytesInUse());
    }
  }

  /**
   * Each writer owns bytes of its own in blocks that all share; nobody else's write may undo them.
   * Others write whole blocks over everything a loop does not own partly.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void loseNoByteOfConcurrentWritersOnSeveralLoops(long seed) {
    concurrentWriters(3, seed);
  }

  /** The same with loops that send their commands to the one that has a queue. */
  @ParameterizedTest
  @ValueSource(longs = {51, 52, 53, 54})
  void loseNoByteOfLoopsThatShareOneQueue(long seed) {
    concurrentWriters(1, seed);
  }

  private static void concurrentWriters(int queues, long seed) {
    int writers = 12;
    int slice = 100;
    int region = writers * slice;
    Random random = new Random(seed);
    try (TestLoops world = new TestLoops(3, queues, 512, TRANSFER, ARENA, seed)) {
      byte[][] last = new byte[writers][slice];
      TestRequest[] requests = new TestRequest[writers];
      byte[][] pending = new byte[writers][];
      for (int round = 0; round < 20_000; round++) {
        world.step();
        int w = random.nextInt(writers);
        if (requests[w] != null && requests[w].done) {
          assertEquals(0, requests[w].status);
          last[w] = pending[w];
          requests[w] = null;
        }
        if (requests[w] == null) {
          byte[] bytes = new byte[slice];
          random.nextBytes(bytes);
          TestRequest request = new TestRequest();
          // A writer's loop changes from write to write.
          BlockDevice device = world.loops.get(random.nextInt(3)).device;
          if (request.write(device, 512 + (long) w * slice, bytes)) {
            requests[w] = request;
            pending[w] = bytes;
          }
        }
      }
      for (int w = 0; w < writers; w++) {
        if (requests[w] != null) {
          finish(world, requests[w]);
          last[w] = pending[w];
        }
      }
      TestRequest read = new TestRequest();
      read.read(world.loops.get(0).device, 512, region);
      finish(world, read);
      byte[] found = read.take();
      for (int w = 0; w < writers; w++) {
        assertArrayEquals(
            last[w],
            Arrays.copyOfRange(found, w * slice, (w + 1) * slice),
            "seed " + seed + ", writer " + w);
      }
    }
  }

  /** An aligned write in flight on another loop must not be undone by a read-modify-write. */
  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void doNotUndoAlignedWritesOfOtherLoops(long seed) {
    Random random = new Random(seed);
    try (TestLoops world = new TestLoops(2, 512, TRANSFER, ARENA, seed)) {
      for (int round = 0; round < 400; round++) {
        byte[] whole = new byte[1024];
        random.nextBytes(whole);
        byte[] part = new byte[10];
        random.nextBytes(part);
        List<TestRequest> both = new ArrayList<>();
        TestRequest aligned = new TestRequest();
        TestRequest unaligned = new TestRequest();
        boolean alignedFirst = random.nextBoolean();
        for (int i = 0; i < 2; i++) {
          if (alignedFirst == (i == 0)) {
            assertTrue(aligned.write(world.loops.get(0).device, 0, whole));
            both.add(aligned);
          } else {
            assertTrue(unaligned.write(world.loops.get(1).device, 507, part));
            both.add(unaligned);
          }
          for (int steps = random.nextInt(12); steps > 0; steps--) {
            world.step();
          }
        }
        both.forEach(r -> finish(world, r));
        TestRequest read = new TestRequest();
        read.read(world.loops.get(0).device, 0, 1024);
        finish(world, read);
        byte[] found = read.take();
        byte[] merged = whole.clone();
        System.arraycopy(part, 0, merged, 507, 10);
        boolean partLast = Arrays.equals(found, merged);
        boolean wholeLast = Arrays.equals(found, whole);
        assertTrue(partLast || wholeLast, "seed " + seed + ", round " + round);
      }
    }
  }

  @Test
  void alignedWritesThatMeetAHeldRangeQueueBehindItAndFinish() {
    try (TestLoops world = new TestLoops(2, 512, TRANSFER, ARENA, 31)) {
      TestRequest unaligned = new TestRequest();
      assertTrue(unaligned.write(world.loops.get(0).device, 1, new byte[] {1}));
      TestRequest overlapping = new TestRequest();
      assertTrue(overlapping.write(world.loops.get(1).device, 0, new byte[512]));
      TestRequest elsewhere = new TestRequest();
      assertTrue(elsewhere.write(world.loops.get(1).device, 4096, new byte[512]));
      assertEquals(
          1, world.loops.get(1).queue.pair().inflight(), "only the write elsewhere may go");
      finish(world, unaligned);
      finish(world, overlapping);
      finish(world, elsewhere);
      assertTrue(world.namespace.rangeLock().idle());
    }
  }

  @Test
  void aWriteThatFailsGivesUpItsRange() {
    try (TestLoops world = new TestLoops(1, 512, TRANSFER, ARENA, 41)) {
      TestRequest beyond = new TestRequest();
      assertTrue(beyond.write(world.loops.get(0).device, (1 << 20) + 1, new byte[] {1}));
      while (!beyond.done) {
        world.step();
      }
      assertTrue(beyond.status != 0);
      assertTrue(world.namespace.rangeLock().idle());
      assertEquals(0, world.loops.get(0).queue.arena().bytesInUse());
    }
  }

  private static void finish(TestLoops world, TestRequest request) {
    for (int i = 0; i < 1_000_000 && !request.done; i++) {
      world.step();
    }
    assertTrue(request.done, "the request never finished");
    assertEquals(0, request.status);
  }
}
