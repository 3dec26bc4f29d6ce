package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.doorbell.dma.DmaBuffer;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The steady path of aligned requests makes no objects, whatever becomes of it on the way. */
class AllocationTest {
  private static final int BLOCK = 4096;
  private static final int BATCH = 32;

  /** Before and while it is measured; together they fill the zones at most. */
  private static final int REQUESTS = 16_000;

  @ParameterizedTest
  @CsvSource({
    "READ, false, false",
    "READ, true, false",
    "READ, true, true",
    "WRITE, false, false",
    "WRITE, true, false",
    "WRITE, true, true",
    "APPEND, true, false",
    "APPEND, true, true"
  })
  void alignedRequestsAllocateNothing(BlockKind kind, boolean merge, boolean sharing) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    BlockSettings settings = BlockSettings.PLAIN.withMerge(merge);
    try (BlockWorld world =
        kind == BlockKind.APPEND
            ? BlockWorld.zoned(1, BLOCK, 128, 256, settings)
            : new BlockWorld(1, BLOCK, 1 << 20, settings)) {
      BlockWorld.Loop loop = sharing ? world.addSharingLoop() : world.loops.get(0);
      Run run = new Run(world, loop, kind);
      run.go(REQUESTS);
      long before = threads.getCurrentThreadAllocatedBytes();
      run.go(REQUESTS);
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      // What the meter itself and late compilation allocate is far below one byte per request.
      assertTrue(bytes < REQUESTS / 2, bytes + " bytes for " + REQUESTS + " requests");
      assertEquals(0, world.bytesInUse());
    }
  }

  private static final class Run {
    private final BlockWorld world;
    private final BlockWorld.Loop loop;
    private final BlockKind kind;
    private final Op[] ops = new Op[BATCH];
    private int ended;
    private int begun;

    Run(BlockWorld world, BlockWorld.Loop loop, BlockKind kind) {
      this.world = world;
      this.loop = loop;
      this.kind = kind;
      for (int i = 0; i < BATCH; i++) {
        ops[i] = new Op();
      }
    }

    void go(int requests) {
      for (int done = 0; done < requests; done += BATCH) {
        ended = 0;
        for (int i = 0; i < BATCH; i++) {
          begin(ops[i], i);
        }
        BlockWorld.Loop owner = world.loops.get(0);
        for (int turns = 0; ended < BATCH; turns++) {
          owner.runTasks();
          owner.turn();
          world.controller.doWork(1000);
          loop.runTasks();
          loop.turn();
          assertTrue(turns < 100, "they do not end");
        }
      }
    }

    private void begin(Op op, int i) {
      BlockDevice device = loop.device;
      switch (kind) {
        case READ -> device.read(op, (long) i * BLOCK, BLOCK);
        default -> {
          DmaBuffer memory = device.memory().allocate(device.writeMemory(0, BLOCK));
          device.prepareWrite(op, 0, memory);
          if (kind == BlockKind.WRITE) {
            device.write(op, (long) i * BLOCK, BLOCK, false);
          } else {
            device.append(op, begun++ / 256, BLOCK, false);
          }
        }
      }
    }

    private final class Op extends BlockRequest {
      @Override
      protected void finished(int status) {
        if (status != 0) {
          throw new AssertionError("status " + status);
        }
        releaseBuffer();
        ended++;
      }
    }
  }
}
