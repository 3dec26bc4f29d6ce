package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockCounters.Counter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes one command, what does not, and that every request gets its own answer. */
class MergingTest {
  private static final int BLOCK = 4096;
  private static final BlockSettings MERGING = BlockSettings.PLAIN.withMerge(true);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void adjacentWritesOfATurnAreOneCommandUnderOneDoorbell(boolean merge) {
    try (BlockWorld world = world(BlockSettings.PLAIN.withMerge(merge))) {
      BlockWorld.Loop loop = world.loops.get(0);
      byte[] bytes = bytes(1, 32 * BLOCK);
      List<Integer> order = order(32, 7);
      List<TestRequest> requests = new ArrayList<>();
      long doorbells = loop.queue.pair().counters().get(QueueCounter.SUBMISSION_DOORBELLS);
      for (int i : order) {
        requests.add(world.write(loop, i * BLOCK, slice(bytes, i)));
      }
      finish(world, requests);
      assertEquals(merge ? 1 : 32, loop.commands());
      assertEquals(
          doorbells + 1, loop.queue.pair().counters().get(QueueCounter.SUBMISSION_DOORBELLS));
      assertEquals(merge ? 31 : 0, merged(world, BlockKind.WRITE));
      assertEquals(32, world.device().counters().get(BlockKind.WRITE, Counter.DONE));
      assertArrayEquals(Arrays.copyOf(bytes, 16 * BLOCK), world.content(0, 16 * BLOCK));
      assertArrayEquals(
          Arrays.copyOfRange(bytes, 16 * BLOCK, 32 * BLOCK), world.content(16 * BLOCK, 16 * BLOCK));
    }
  }

  @Test
  void adjacentReadsOfATurnAreOneCommandAndEachGetsItsOwnBytes() {
    try (BlockWorld world = world(MERGING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      byte[] bytes = bytes(2, 16 * BLOCK);
      finish(world, List.of(world.write(loop, 0, bytes)));
      long before = loop.commands();
      int[][] ranges = {{0, 4096}, {4096, 8192}, {12288 + 5, 4091}, {16384, 100}, {40960, 4096}};
      List<TestRequest> requests = new ArrayList<>();
      for (int i : new int[] {3, 0, 4, 2, 1}) {
        requests.add(world.read(loop, ranges[i][0], ranges[i][1]));
      }
      world.settle();
      assertEquals(2, loop.commands() - before, "four that adjoin, and one apart");
      for (TestRequest request : requests) {
        assertEquals(0, request.status);
        int from = (int) request.offset();
        assertArrayEquals(Arrays.copyOfRange(bytes, from, from + request.length()), request.take());
      }
      assertEquals(3, merged(world, BlockKind.READ));
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void thirtyTwoRequestsAreTheMost() {
    try (BlockWorld world = world(MERGING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      List<TestRequest> requests = new ArrayList<>();
      for (int i = 0; i < 33; i++) {
        requests.add(world.write(loop, i * BLOCK, new byte[BLOCK]));
      }
      finish(world, requests);
      assertEquals(2, loop.commands());
      assertEquals(31, merged(world, BlockKind.WRITE));
    }
  }

  @Test
  void oneTransferIsTheMost() {
    try (BlockWorld world = new BlockWorld(1, BLOCK, 8 << 20, 64, 4 << 20, MERGING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      List<TestRequest> requests = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        requests.add(world.write(loop, (long) i << 16, new byte[1 << 16]));
      }
      finish(world, requests);
      assertEquals(1 << 20, world.drive.info().maxTransferBytes());
      assertEquals(2, loop.commands(), "16 of 64 KiB fill a command, 4 go with the next");
      assertEquals(15 + 3, merged(world, BlockKind.WRITE));
    }
  }

  @Test
  void whatPrpsCannotExpressIsNotMerged() {
    try (BlockWorld world = new BlockWorld(1, 512, 1 << 20, MERGING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      byte[] bytes = bytes(3, 8192);
      List<TestRequest> requests =
          List.of(
              world.write(loop, 0, Arrays.copyOf(bytes, 512)),
              world.write(loop, 512, Arrays.copyOfRange(bytes, 512, 1024)),
              world.write(loop, 1024, Arrays.copyOfRange(bytes, 1024, 1024 + 4096)),
              world.write(loop, 5120, Arrays.copyOfRange(bytes, 5120, 5632)));
      finish(world, requests);
      assertEquals(3, loop.commands(), "only the third fills its page");
      assertEquals(1, merged(world, BlockKind.WRITE));
      assertArrayEquals(Arrays.copyOf(bytes, 5632), world.content(0, 5632));
    }
  }

  @Test
  void overlappingRequestsAndThoseOfAnotherDurabilityStayApart() {
    try (BlockWorld world = world(MERGING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      List<TestRequest> requests = new ArrayList<>();
      requests.add(world.write(loop, 0, new byte[2 * BLOCK]));
      requests.add(world.write(loop, BLOCK, new byte[2 * BLOCK]));
      TestRequest durable = new TestRequest();
      durable.write(loop.device, 3 * BLOCK, new byte[BLOCK], true);
      requests.add(durable);
      finish(world, requests);
      assertEquals(3, loop.commands());
      assertEquals(0, merged(world, BlockKind.WRITE));
    }
  }

  @Test
  void theirErrorIsSharedByAllThatWereMerged() {
    try (BlockWorld world = world(MERGING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failReads(o -> o == 0, Status.UNRECOVERED_READ_ERROR);
      List<TestRequest> requests = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        requests.add(world.read(loop, i * BLOCK, BLOCK));
      }
      requests.add(world.read(loop, 100 * BLOCK, BLOCK));
      world.settle();
      for (int i = 0; i < 4; i++) {
        assertTrue(requests.get(i).done);
        assertEquals(Status.UNRECOVERED_READ_ERROR, Status.code(requests.get(i).status));
      }
      assertEquals(0, requests.get(4).status);
      requests.get(4).take();
      assertEquals(4, world.device().counters().get(BlockKind.READ, Counter.FAILED));
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void anotherKindSendsWhatWasGathered() {
    try (BlockWorld world = world(MERGING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      TestRequest first = world.write(loop, 0, new byte[BLOCK]);
      assertEquals(0, loop.commands());
      TestRequest second = world.read(loop, BLOCK, BLOCK);
      assertEquals(1, loop.commands(), "the write is on its way");
      TestRequest flush = new TestRequest();
      loop.device.flush(flush);
      assertEquals(3, loop.commands(), "the read, then the flush");
      world.settle();
      assertTrue(first.done && second.done && flush.done);
      second.take();
    }
  }

  /** What memory it had the last time is none of its business any more. */
  @Test
  void aRequestIsUsedAgainForAnything() {
    try (BlockWorld world = world(MERGING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      byte[] bytes = bytes(5, 2 * BLOCK);
      DmaBuffer lent = loop.device.memory().allocate(8 * BLOCK);
      TestRequest[] both = {new TestRequest(), new TestRequest()};
      for (int i = 0; i < 2; i++) {
        loop.device.readInto(both[i], i * BLOCK, BLOCK, lent, (4 + i) * BLOCK);
      }
      world.settle();
      lent.release();
      for (int i = 0; i < 2; i++) {
        assertTrue(both[i].write(loop.device, i * BLOCK, slice(bytes, i)));
      }
      world.settle();
      assertEquals(1, merged(world, BlockKind.WRITE));
      for (int i = 0; i < 2; i++) {
        both[i].read(loop.device, i * BLOCK, BLOCK);
      }
      world.settle();
      for (int i = 0; i < 2; i++) {
        assertEquals(0, both[i].status);
        assertArrayEquals(slice(bytes, i), both[i].take());
      }
      assertEquals(0, world.bytesInUse());
    }
  }

  /** Between its arrival and the end of the turn a write is on no queue, but it counts. */
  @Test
  void aReadModifyWriteWaitsForWritesThatAreStillGathered() {
    try (BlockWorld world = new BlockWorld(2, 512, 1 << 20, MERGING)) {
      byte[] whole = bytes(4, 1024);
      TestRequest gathered = world.write(world.loops.get(0), 0, whole);
      TestRequest part = world.write(world.loops.get(1), 500, new byte[] {1, 2, 3});
      // The other loop's message is answered before the turn that gathered the write has ended.
      for (int i = 0; i < 4; i++) {
        world.loops.get(0).runTasks();
        world.loops.get(1).runTasks();
        world.loops.get(1).turn();
        world.controller.doWork(100);
      }
      assertFalse(part.done);
      world.settle();
      assertTrue(gathered.done && part.done);
      System.arraycopy(new byte[] {1, 2, 3}, 0, whole, 500, 3);
      assertArrayEquals(whole, world.content(0, 1024));
    }
  }

  private static BlockWorld world(BlockSettings settings) {
    return new BlockWorld(1, BLOCK, 1 << 20, settings);
  }

  private static void finish(BlockWorld world, List<TestRequest> requests) {
    world.settle();
    for (TestRequest request : requests) {
      assertTrue(request.done);
      assertEquals(0, request.status);
    }
  }

  private static long merged(BlockWorld world, BlockKind kind) {
    return world.device().counters().get(kind, Counter.MERGED);
  }

  private static List<Integer> order(int n, long seed) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      all.add(i);
    }
    Collections.shuffle(all, new Random(seed));
    return all;
  }

  private static byte[] bytes(long seed, int n) {
    byte[] bytes = new byte[n];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] slice(byte[] bytes, int block) {
    return Arrays.copyOfRange(bytes, block * BLOCK, (block + 1) * BLOCK);
  }
}
