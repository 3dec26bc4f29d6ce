package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.spec.Status;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compare-and-write is one step, with and without a drive that can fuse it. */
class CompareAndWriteTest {
  private static final int BLOCK = 512;
  private static final int MIB = 1 << 20;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void loopsThatCountTogetherLoseNoStep(boolean fusing) {
    Random random = new Random(5);
    try (BlockWorld world = world(fusing)) {
      int counted = 0;
      for (int round = 0; round < 50; round++) {
        byte[] seen = world.content(1000, 2);
        byte[] next = {seen[0], (byte) (seen[1] + 1)};
        TestRequest[] requests = new TestRequest[3];
        for (int i = 0; i < requests.length; i++) {
          requests[i] = new TestRequest();
          BlockDevice device = world.loops.get(i).device;
          device.compareAndWrite(requests[i], 1000, seen, next, true);
        }
        // Beside it, in the same block.
        TestRequest neighbour = world.write(world.loops.get(0), 1010, new byte[] {(byte) round});
        for (int i = 0; i < 200; i++) {
          world.step(random);
        }
        world.settle();
        int won = 0;
        for (TestRequest request : requests) {
          assertTrue(request.done);
          if (request.status == 0) {
            won++;
          } else {
            assertEquals(Status.COMPARE_FAILURE, Status.code(request.status));
            assertEquals(1001, request.firstDifference());
          }
        }
        assertEquals(1, won);
        assertEquals(0, neighbour.status);
        counted++;
        assertArrayEquals(new byte[] {0, (byte) counted}, world.content(1000, 2));
        assertEquals((byte) round, world.content(1010, 1)[0]);
      }
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void whatAnotherHostWritesInBetweenIsNotLostWhereTheDriveFuses() {
    Random random = new Random(6);
    try (BlockWorld world = world(true)) {
      DmaBuffer memory = world.loops.get(1).memory.allocate(BLOCK);
      for (int round = 1; round < 100; round++) {
        byte mark = (byte) round;
        TestRequest request = new TestRequest();
        byte[] seen = world.content(0, 1);
        world.device().compareAndWrite(request, 0, seen, new byte[] {mark}, false);
        int when = random.nextInt(40);
        for (int i = 0; i < when; i++) {
          world.step(random);
        }
        // Past the service's locks: the whole block, its first byte as it was.
        boolean before = request.done;
        memory.setZero(0, BLOCK);
        memory.setByte(0, before ? mark : seen[0]);
        memory.setByte(100, mark);
        LoopCommand other =
            new LoopCommand() {
              @Override
              protected void done(int status) {
                assertEquals(0, status);
              }
            };
        world.loops.get(1).queue.write(other, 1, 0, 1, BLOCK, memory, 0, false);
        world.settle();
        assertTrue(request.done);
        assertEquals(mark, world.content(100, 1)[0], "of the other host, in round " + round);
        if (before) {
          assertEquals(mark, world.content(0, 1)[0]);
        }
      }
      memory.release();
    }
  }

  @Test
  void aFailedWriteStopsTheNamespaceAndIsDoneWhenItIsResumed() {
    BlockSettings stop = BlockSettings.PLAIN.withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP);
    try (BlockWorld world = new BlockWorld(1, BLOCK, MIB, stop)) {
      world.store.failWrites(offset -> true, Status.WRITE_FAULT);
      TestRequest request = new TestRequest();
      world.device().compareAndWrite(request, 10, new byte[4], new byte[] {1, 2, 3, 4}, false);
      world.settle();
      assertTrue(!request.done && world.control().stopped().isPresent());
      world.store.cure();
      world.control().resume();
      world.settle();
      assertEquals(0, request.status);
      assertArrayEquals(new byte[] {1, 2, 3, 4}, world.content(10, 4));
      assertEquals(0, world.bytesInUse());
    }
  }

  private static BlockWorld world(boolean fusing) {
    return fusing
        ? BlockWorld.fusing(3, BLOCK, MIB)
        : new BlockWorld(3, BLOCK, MIB, BlockSettings.PLAIN);
  }
}
