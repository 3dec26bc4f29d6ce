package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.controller.ControllerState;
import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.spec.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
  void drainsMayOverlapAndEachIsTold() {
    try (BlockWorld world = new BlockWorld(1, BLOCK, 1 << 20, BlockSettings.PLAIN)) {
      BlockWorld.Loop loop = world.loops.get(0);
      TestRequest first = world.write(loop, 0, new byte[BLOCK]);
      var one = world.control().drain();
      var two = world.control().drain();
      world.settle();
      assertTrue(first.done && one.isDone() && two.isDone());
      TestRequest later = world.write(loop, 0, new byte[BLOCK]);
      world.control().undrain();
      world.settle();
      assertFalse(later.done, "the other one still wants nothing with the drive");
      world.control().undrain();
      world.settle();
      assertTrue(later.done);
    }
  }

  /** What queues for the range that a failed request keeps is not with the drive. */
  @Test
  void aStoppedNamespaceIsDrainedThoughRequestsWaitForARange() {
    try (BlockWorld world =
        new BlockWorld(
            2,
            BLOCK,
            1 << 20,
            BlockSettings.PLAIN.withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP))) {
      BlockWorld.Loop one = world.loops.get(0);
      BlockWorld.Loop two = world.loops.get(1);
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      TestRequest failing = world.write(one, 7, new byte[100]);
      one.runTasks();
      two.runTasks();
      TestRequest aligned = world.write(two, 0, new byte[BLOCK]);
      TestRequest unaligned = world.write(two, 50, new byte[10]);
      TestRequest zeroes = new TestRequest();
      two.device.writeZeroes(zeroes, 0, BLOCK, 0, false);
      world.settle();
      assertTrue(world.control().stopped().isPresent());
      assertEquals(1, one.device.waiting());
      var drained = world.control().drain();
      world.settle();
      assertTrue(drained.isDone());
      assertEquals(1, world.store.writes);

      world.store.cure();
      world.control().resume();
      world.settle();
      assertEquals(1, world.store.writes, "still drained");
      world.control().undrain();
      world.settle();
      for (TestRequest request : List.of(failing, aligned, unaligned, zeroes)) {
        assertTrue(request.done);
        assertEquals(0, request.status);
      }
      assertArrayEquals(new byte[BLOCK], world.content(0, BLOCK));
      assertTrue(world.namespace.rangeLock().idle());
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void whatGetsItsRangeDuringADrainWaits() {
    try (BlockWorld world = new BlockWorld(2, BLOCK, 1 << 20, BlockSettings.PLAIN)) {
      BlockWorld.Loop one = world.loops.get(0);
      BlockWorld.Loop two = world.loops.get(1);
      TestRequest holder = world.write(one, 7, new byte[100]);
      one.runTasks();
      two.runTasks();
      TestRequest aligned = world.write(two, 0, new byte[BLOCK]);
      TestRequest unaligned = world.write(two, 50, new byte[10]);
      var drained = world.control().drain();
      world.settle();
      assertTrue(drained.isDone() && holder.done);
      assertFalse(aligned.done || unaligned.done);
      assertEquals(1, world.store.writes);
      world.control().undrain();
      world.settle();
      assertTrue(aligned.done && unaligned.done);
      assertEquals(0, aligned.status | unaligned.status);
    }
  }

  /** Commands that the controller has when it is reset end as unknown, all others are done. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingIsDoneTwiceByAReset(boolean drained) {
    try (BlockWorld world = new BlockWorld(2, BLOCK, 1 << 20, 4, 1 << 20, BlockSettings.PLAIN)) {
      world.addSharingLoop();
      List<TestRequest> requests = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        BlockWorld.Loop loop = world.loops.get(i % 3);
        boolean unaligned = i % 5 == 0;
        requests.add(
            world.write(loop, i * BLOCK + (unaligned ? 9 : 0), bytes(i, unaligned ? 9 : BLOCK)));
      }
      for (int i = 0; i < 4; i++) {
        world.loops.forEach(BlockWorld.Loop::runTasks);
        world.loops.forEach(BlockWorld.Loop::turn);
      }
      var drain = drained ? world.control().drain() : null;
      if (drained) {
        world.settle();
        assertTrue(drain.isDone());
      }
      for (int i = 30; i < 40; i++) {
        requests.add(world.write(world.loops.get(i % 3), i * BLOCK, bytes(i, BLOCK)));
      }
      int written = world.store.writes;
      world.drive.requestReset("the test asks for it");
      assertEquals(1, world.drive.supervise());
      assertEquals(ControllerState.LIVE, world.drive.state());
      if (drained) {
        assertEquals(written, world.store.writes);
        world.control().undrain();
      }
      world.settle();
      int unknown = 0;
      for (int i = 0; i < requests.size(); i++) {
        TestRequest request = requests.get(i);
        assertTrue(request.done);
        if (request.status == HostStatus.OUTCOME_UNKNOWN) {
          unknown++;
          continue;
        }
        assertEquals(0, request.status);
        byte[] wanted = bytes(i, request.length());
        assertArrayEquals(wanted, world.content(request.offset(), wanted.length));
      }
      assertEquals(drained, unknown == 0, unknown + " of unknown outcome");
      assertTrue(unknown < 10, unknown + " of unknown outcome");
      assertTrue(world.store.writes <= requests.size(), "none twice: " + world.store.writes);
      assertTrue(world.store.writes >= requests.size() - unknown);
      assertEquals(0, world.device().active());
      assertEquals(0, world.bytesInUse());
    }
  }

  private static byte[] bytes(int value, int n) {
    byte[] bytes = new byte[n];
    Arrays.fill(bytes, (byte) (value + 1));
    return bytes;
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
