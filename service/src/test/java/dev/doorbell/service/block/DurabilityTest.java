package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.spec.Status;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When bytes are durable: the emulated medium is asked to flush for it, and not otherwise. */
class DurabilityTest {
  private static final int BLOCK = 512;

  @Test
  void writebackFlushesWhenAskedToAndWritethroughWithEveryWrite() {
    try (BlockWorld world = new BlockWorld(2, BLOCK, 1 << 20, BlockSettings.PLAIN)) {
      BlockWorld.Loop loop = world.loops.get(0);
      write(world, loop, 0);
      assertEquals(0, world.store.flushes);
      TestRequest durable = new TestRequest();
      durable.write(loop.device, 0, new byte[BLOCK], true);
      world.settle();
      assertEquals(1, world.store.flushes);

      write(world, loop, 0);
      world.configure(BlockSettings.PLAIN.withWriteCache(WriteCacheMode.WRITETHROUGH));
      assertEquals(2, world.store.flushes, "what was written before is durable too");
      write(world, loop, 0);
      write(world, world.loops.get(1), BLOCK);
      assertEquals(4, world.store.flushes);
      write(world, loop, 7);
      assertEquals(5, world.store.flushes, "an unaligned one is no exception");
      TestRequest zeroes = new TestRequest();
      loop.device.writeZeroes(zeroes, 0, BLOCK, 0, false);
      world.settle();
      assertEquals(6, world.store.flushes);

      world.configure(BlockSettings.PLAIN);
      write(world, loop, 0);
      assertEquals(6, world.store.flushes);
    }
  }

  /** Also what went out, or came to wait, before the namespace was written through. */
  @Test
  void everyWriteThatIsAnsweredUnderWritethroughIsDurable() {
    BlockSettings through =
        BlockSettings.PLAIN
            .withWriteCache(WriteCacheMode.WRITETHROUGH)
            .withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP);
    try (BlockWorld world =
        new BlockWorld(
            1,
            BLOCK,
            1 << 20,
            BlockSettings.PLAIN.withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP))) {
      BlockWorld.Loop loop = world.loops.get(0);
      TestRequest inFlight = world.write(loop, 0, new byte[BLOCK]);
      loop.turn();
      world.control().configure(through);
      loop.runTasks();
      // The flush of the change goes to the drive, and after it the write is answered.
      world.settle();
      assertTrue(inFlight.done);
      assertEquals(2, world.store.flushes, "that of the change, and that of the write");

      world.configure(BlockSettings.PLAIN.withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP));
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      TestRequest failed = world.write(loop, 0, new byte[BLOCK]);
      TestRequest unaligned = world.write(loop, BLOCK + 1, new byte[5]);
      world.settle();
      TestRequest waits = world.write(loop, 2 * BLOCK, new byte[BLOCK]);
      TestRequest zeroes = new TestRequest();
      loop.device.writeZeroes(zeroes, 3 * BLOCK, BLOCK, 0, false);
      var changed = world.control().configure(through);
      world.settle();
      assertTrue(changed.isDone(), "an operator need not resume it first");
      world.store.cure();
      int flushes = world.store.flushes;
      world.control().resume();
      world.settle();
      for (TestRequest request : List.of(failed, unaligned, waits, zeroes)) {
        assertTrue(request.done && request.status == 0);
      }
      assertEquals(flushes + 4, world.store.flushes, "each of the four");
    }
  }

  /** Done, but not durable: what cannot be done again is reported, all else is kept. */
  @ParameterizedTest
  @EnumSource(names = {"WRITE", "APPEND", "COMPARE_AND_WRITE"})
  void nothingIsDoneTwiceForAFlushThatFailed(BlockKind kind) {
    BlockSettings stopping = BlockSettings.PLAIN.withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP);
    try (BlockWorld world =
        kind == BlockKind.APPEND
            ? BlockWorld.zoned(1, BLOCK, 2, stopping)
            : new BlockWorld(1, BLOCK, 1 << 20, stopping)) {
      BlockWorld.Loop loop = world.loops.get(0);
      byte[] wanted = new byte[BLOCK];
      Arrays.fill(wanted, (byte) 7);
      TestRequest request = new TestRequest();
      switch (kind) {
        case WRITE -> assertTrue(request.write(loop.device, 0, wanted));
        case APPEND -> assertTrue(request.append(loop.device, 0, wanted));
        default -> loop.device.compareAndWrite(request, 0, new byte[BLOCK], wanted, false);
      }
      // It is with the drive when the namespace comes to be written through; of a
      // compare-and-write what it writes.
      loop.runTasks();
      loop.turn();
      if (kind == BlockKind.COMPARE_AND_WRITE) {
        world.controller.doWork(1);
        loop.turn();
      }
      assertEquals(0, world.store.writes);
      assertTrue(loop.queue.pair().inflight() > 0);
      world.store.failFlushes(Status.WRITE_FAULT);
      world.control().configure(stopping.withWriteCache(WriteCacheMode.WRITETHROUGH));
      world.settle();
      boolean kept = kind == BlockKind.WRITE;
      assertEquals(!kept, request.done);
      assertEquals(kept, world.control().stopped().isPresent());
      if (!kept) {
        assertEquals(Status.WRITE_FAULT, Status.code(request.status));
      }
      world.store.cure();
      world.control().resume();
      world.settle();
      assertTrue(request.done);
      assertEquals(kept ? 2 : 1, world.store.writes);
    }
  }

  /** A flush on one queue is for all: it must not pass a write that has been acknowledged. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFlushCoversEveryWriteThatWasAcknowledgedOnAnyLoop(boolean merge) {
    try (BlockWorld world =
        new BlockWorld(3, BLOCK, 1 << 20, BlockSettings.PLAIN.withMerge(merge))) {
      for (BlockWorld.Loop writer : world.loops) {
        for (BlockWorld.Loop flusher : world.loops) {
          int writes = world.store.writes;
          TestRequest write = world.write(writer, 0, new byte[BLOCK]);
          while (!write.done) {
            writer.turn();
            world.controller.doWork(1);
          }
          int flushes = world.store.flushes;
          assertEquals(writes + 1, world.store.writes);
          TestRequest flush = new TestRequest();
          flusher.device.flush(flush);
          assertFalse(flush.done);
          world.settle();
          assertTrue(flush.done && flush.status == 0);
          assertEquals(flushes + 1, world.store.flushes);
        }
      }
    }
  }

  private static void write(BlockWorld world, BlockWorld.Loop loop, long offset) {
    TestRequest request = world.write(loop, offset, new byte[BLOCK]);
    world.settle();
    assertTrue(request.done && request.status == 0);
  }
}
