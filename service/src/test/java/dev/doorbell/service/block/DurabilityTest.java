package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
