package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A drained namespace has nothing with the drive, and afterwards nothing has been lost. */
class DrainTest {
  private static final int BLOCK = 4096;

  @Test
  void drainingWaitsForWhatIsWithTheDriveAndHoldsBackTheRest() {
    try (BlockWorld world =
        new BlockWorld(2, BLOCK, 1 << 20, BlockSettings.PLAIN.withMerge(true))) {
      BlockWorld.Loop loop = world.loops.get(0);
      TestRequest gathered = world.write(loop, 0, new byte[BLOCK]);
      var drained = world.control().drain();
      world.loops.forEach(BlockWorld.Loop::runTasks);
      assertFalse(drained.isDone());
      TestRequest later = world.write(loop, 0, new byte[BLOCK]);
      TestRequest unaligned = world.write(world.loops.get(1), 5, new byte[10]);
      assertEquals(0, world.store.writes);
      world.settle();
      assertTrue(drained.isDone());
      assertTrue(gathered.done);
      assertFalse(later.done || unaligned.done);
      assertEquals(1, world.store.writes);
      assertEquals(0, loop.queue.pair().inflight());

      world.control().undrain();
      world.settle();
      assertTrue(later.done && unaligned.done);
      assertEquals(0, later.status | unaligned.status);
      assertEquals(3, world.store.writes, "each once");
    }
  }

  @Test
  void anIdleNamespaceIsDrainedAtOnce() {
    try (BlockWorld world = new BlockWorld(2, BLOCK, 1 << 20, BlockSettings.PLAIN)) {
      var drained = world.control().drain();
      world.loops.forEach(BlockWorld.Loop::runTasks);
      assertTrue(drained.isDone());
    }
  }
}
