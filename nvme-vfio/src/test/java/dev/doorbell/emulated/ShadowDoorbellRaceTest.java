package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaMemory;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * The driver's half of a shadow doorbell against the controller's, on two threads that run into
 * each other on one doorbell after the other: one of them must notice the other each time. The
 * cache lines lie so that a missing fence would have its best chance to show.
 */
class ShadowDoorbellRaceTest {
  private static final int CELLS = 4096;
  private static final int STRIDE = 64;
  private static final int SPARE = 32;
  private static final int ROUNDS = 50;

  private final DmaMemory shadows = DmaMemory.allocate(CELLS * STRIDE);
  private final DmaMemory events = DmaMemory.allocate(CELLS * STRIDE);
  private final IommuRegion shadowRegion = new IommuRegion(1 << 20, shadows);
  private final IommuRegion eventRegion = new IommuRegion(1 << 24, events);
  private final AtomicInteger driverAt = new AtomicInteger();
  private final AtomicInteger controllerAt = new AtomicInteger();
  private final boolean[] rung = new boolean[CELLS];
  private final boolean[] seen = new boolean[CELLS];

  @Test
  void theDriverRingsOrTheControllerSees() throws Exception {
    dev.doorbell.nvme.queue.ShadowDoorbell[] driver =
        new dev.doorbell.nvme.queue.ShadowDoorbell[CELLS];
    ShadowDoorbell[] controller = new ShadowDoorbell[CELLS];
    for (int i = 0; i < CELLS; i++) {
      int cell = i;
      driver[i] =
          new dev.doorbell.nvme.queue.ShadowDoorbell(
              shadows.buffer(), events.buffer(), i * STRIDE, index -> rung[cell] = true);
      controller[i] = new ShadowDoorbell(shadowRegion, i * STRIDE, eventRegion, i * STRIDE);
    }
    CyclicBarrier barrier = new CyclicBarrier(2);
    Thread other =
        new Thread(
            () -> {
              for (int round = 0; round < ROUNDS; round++) {
                await(barrier);
                // The line of the shadow doorbell is now here, so that the driver's store is slow.
                for (int i = 0; i < CELLS; i++) {
                  shadows.buffer().putInt(i * STRIDE + SPARE, round);
                }
                await(barrier);
                for (int i = 0; i < CELLS; i++) {
                  meet(controllerAt, driverAt, i);
                  // At rest at index 1, unless the host has gone on to 2.
                  seen[i] = controller[i].armAndLook(1) == 2;
                }
                await(barrier);
              }
            },
            "controller");
    other.start();
    int lost = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < CELLS; i++) {
        driver[i].restart();
        driver[i].ring(1);
        // Not yet said by the controller: a ring from 1 to 2 does not pass it.
        events.buffer().putInt(i * STRIDE, 0);
        rung[i] = false;
      }
      driverAt.set(-1);
      controllerAt.set(-1);
      await(barrier);
      await(barrier);
      for (int i = 0; i < CELLS; i++) {
        meet(driverAt, controllerAt, i);
        driver[i].ring(2);
      }
      await(barrier);
      for (int i = 0; i < CELLS; i++) {
        lost += rung[i] || seen[i] ? 0 : 1;
      }
    }
    other.join();
    assertTrue(lost == 0, lost + " doorbells of " + (long) ROUNDS * CELLS + " were lost");
  }

  /** Waits until the other thread is at this doorbell, too. */
  private static void meet(AtomicInteger mine, AtomicInteger theirs, int at) {
    mine.set(at);
    for (int spins = 0; theirs.get() < at; spins++) {
      if (spins > 2000) {
        Thread.yield();
      }
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
