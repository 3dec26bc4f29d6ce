package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.device.Device;
import dev.doorbell.device.Interrupt;
import dev.doorbell.device.Registers;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMapper;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.NullStore;
import dev.doorbell.emulated.OptionalFeatures;
import dev.doorbell.emulated.ProcessingMode;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.spec.ControllerRegisters;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Two threads, a driver and a controller, meet in shadow doorbells as often as they can. The
 * controller goes to rest whenever it has nothing left, and only a write of a doorbell register
 * wakes it: if one were lost, both would wait for ever, and the test says so.
 */
class ShadowDoorbellStressTest {
  private static final int COMMANDS = 50_000;
  private static final long SEED = 0x5EED_D00B;

  @Test
  void aRestingControllerIsWokenForEveryCommand() throws Exception {
    EmulatedController controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("shadow")
                .mode(ProcessingMode.MANUAL)
                .features(OptionalFeatures.DEFAULT.withShadowDoorbells(true))
                .namespace(new NullStore(1 << 20), 512)
                .build());
    RestingDevice device = new RestingDevice(controller);
    Thread worker = new Thread(device::work, "resting-controller");
    worker.setDaemon(true);
    worker.start();
    NvmeDrive drive =
        NvmeDrive.open(
            device,
            new ControllerOptions(
                "nvme0", 1, 8, 4096, 20_000, new Waiting(System::nanoTime, Thread::yield)));
    try {
      IoQueue queue = drive.openQueue(1 << 16).queue();
      long before = device.writes.get();
      run(queue);
      long writes = device.writes.get() - before;
      assertTrue(writes < 2L * COMMANDS, "no register write was saved: " + writes);
    } finally {
      drive.close();
      device.stopping = true;
      LockSupport.unpark(worker);
      worker.join();
    }
  }

  private static void run(IoQueue queue) {
    Random random = new Random(SEED);
    Read[] reads = new Read[7];
    DmaBuffer buffer = queue.arena().allocate(512);
    for (int i = 0; i < reads.length; i++) {
      reads[i] = new Read();
    }
    int done = 0;
    while (done < COMMANDS) {
      int batch = 1 + random.nextInt(reads.length);
      for (int i = 0; i < batch; i++) {
        reads[i].pending = true;
        queue.read(reads[i], 1, i, 1, 512, buffer, 0);
        // Sometimes at once, sometimes when the controller is about to rest.
        for (int spins = random.nextInt(40); spins > 0; spins--) {
          Thread.onSpinWait();
        }
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      for (int i = 0; i < batch; i++) {
        while (reads[i].pending) {
          queue.pair().poll();
          assertTrue(
              System.nanoTime() < deadline,
              "a doorbell was lost after %d commands".formatted(done));
        }
        assertEquals(0, reads[i].status);
      }
      done += batch;
    }
    buffer.release();
  }

  private static final class Read extends BlockCommand {
    private boolean pending;
    private int status;

    @Override
    protected void done(int s) {
      status = s;
      pending = false;
    }
  }

  /** Works on its own thread from a doorbell write until nothing is left, then rests. */
  private static final class RestingDevice implements Device, Registers {
    private final EmulatedController controller;
    private final AtomicLong writes = new AtomicLong();
    private volatile Thread thread;
    private volatile boolean stopping;

    RestingDevice(EmulatedController controller) {
      this.controller = controller;
    }

    void work() {
      thread = Thread.currentThread();
      long seen = -1;
      while (!stopping) {
        long now = writes.get();
        if (now == seen) {
          LockSupport.park(this);
          continue;
        }
        seen = now;
        while (controller.doWork(16) > 0) {
          Thread.onSpinWait();
        }
      }
    }

    private void wake() {
      writes.incrementAndGet();
      LockSupport.unpark(thread);
    }

    @Override
    public int readInt(int offset) {
      return controller.registers().readInt(offset);
    }

    @Override
    public long readLong(int offset) {
      return controller.registers().readLong(offset);
    }

    @Override
    public void writeInt(int offset, int value) {
      controller.registers().writeInt(offset, value);
      if (offset >= ControllerRegisters.DOORBELLS || offset == ControllerRegisters.CC) {
        wake();
      }
    }

    @Override
    public void writeLong(int offset, long value) {
      controller.registers().writeLong(offset, value);
    }

    @Override
    public String name() {
      return controller.name();
    }

    @Override
    public String transport() {
      return controller.transport();
    }

    @Override
    public Registers registers() {
      return this;
    }

    @Override
    public DmaMapper dma() {
      return controller.dma();
    }

    @Override
    public int interruptVectors() {
      return controller.interruptVectors();
    }

    @Override
    public Interrupt[] enableInterrupts(int count) {
      return controller.enableInterrupts(count);
    }

    @Override
    public void reset() {
      controller.reset();
    }

    @Override
    public void close() {
      controller.close();
    }
  }
}
