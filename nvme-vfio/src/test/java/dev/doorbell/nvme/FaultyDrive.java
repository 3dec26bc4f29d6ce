package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.doorbell.emulated.BlockStore;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.OptionalFeatures;
import dev.doorbell.emulated.PowerLossStore;
import dev.doorbell.emulated.ProcessingMode;
import dev.doorbell.emulated.ScatterList;
import dev.doorbell.nvme.controller.ControllerChoices;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.ControllerState;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.NamespaceQueue;
import java.util.concurrent.TimeUnit;

/**
 * A drive on an emulated controller without threads, supervised on a clock of its own: everything
 * happens on the calling thread, in an order that the caller's seed decides.
 */
final class FaultyDrive implements AutoCloseable {
  static final int TIMEOUT_MILLIS = 160;
  static final int QUEUES = 2;
  private static final int ARENA = 1 << 20;

  /** Bytes of foreign memory that a queue may have mapped. */
  private static final int ROOM = 256 << 10;

  private final MemoryStore memory;
  private final int blockSize;
  private final boolean cache;
  private final OptionalFeatures features;
  private final IoQueue[] queues = new IoQueue[QUEUES];
  private EmulatedController device;
  private NvmeDrive drive;
  private long nanos;
  private long nextTick;

  /**
   * @param features what the controller offers
   */
  FaultyDrive(int blocks, int blockSize, boolean cache, OptionalFeatures features) {
    this.blockSize = blockSize;
    this.cache = cache;
    this.features = features;
    memory = new MemoryStore((long) blocks * blockSize);
    open();
  }

  /** Opens the device, whose medium is as it was left. */
  void open() {
    device =
        EmulatedController.open(
            EmulatedControllerConfig.builder("emulated")
                .mode(ProcessingMode.MANUAL)
                .volatileWriteCache(cache)
                .readyTimeoutUnits(0)
                .features(features)
                .namespace(new PowerLossStore(new Kept(memory), blockSize), blockSize)
                .build());
    device.faults().useClock(() -> nanos);
    drive =
        NvmeDrive.open(
            device,
            new ControllerOptions(
                "nvme0",
                QUEUES,
                64,
                1 << 18,
                TIMEOUT_MILLIS,
                new Waiting(() -> nanos, this::idle),
                ControllerChoices.DEFAULT
                    .withPassthrough(true)
                    .withForeignMemory(new ControllerChoices.ForeignMemory(4096, ROOM))));
    for (int i = 0; i < QUEUES; i++) {
      IoQueueHandle handle = drive.openQueue(ARENA);
      queues[i] = handle.queue();
      drive.watch(handle, Runnable::run);
    }
  }

  /** Between two looks of the driver, when it waits. */
  private void idle() {
    nanos += TimeUnit.MILLISECONDS.toNanos(1);
    device.doWork(4);
  }

  void advance(long by) {
    nanos += by;
    if (nanos - nextTick >= 0) {
      nextTick = nanos + TimeUnit.MILLISECONDS.toNanos(drive.superviseMillis());
      drive.supervise();
    }
  }

  int poll() {
    int taken = 0;
    for (IoQueue queue : queues) {
      taken += queue.pair().poll();
    }
    return taken;
  }

  IoQueue queue(int index) {
    return queues[index];
  }

  NamespaceQueue namespaceQueue(int index) {
    return drive.namespaceQueue(queues[index], 1);
  }

  EmulatedController device() {
    return device;
  }

  NvmeDrive drive() {
    return drive;
  }

  boolean failed() {
    return drive.state() == ControllerState.FAILED;
  }

  long nanos() {
    return nanos;
  }

  /** Closes the drive and opens it anew, as after a re-plug; nothing may be outstanding. */
  void replug() {
    closeDrive();
    open();
  }

  private void closeDrive() {
    drive.close();
    assertEquals(0, device.dma().mappings(), "mappings left behind");
  }

  @Override
  public void close() {
    closeDrive();
    memory.close();
  }

  /** A medium that outlives the controllers it is put into. */
  private record Kept(BlockStore store) implements BlockStore {
    @Override
    public long size() {
      return store.size();
    }

    @Override
    public boolean readOnly() {
      return store.readOnly();
    }

    @Override
    public int tryRead(ScatterList list, long offset) {
      return store.tryRead(list, offset);
    }

    @Override
    public int tryWrite(ScatterList list, long offset) {
      return store.tryWrite(list, offset);
    }

    @Override
    public int tryFlush() {
      return store.tryFlush();
    }

    @Override
    public int read(ScatterList list, long offset) {
      return store.read(list, offset);
    }

    @Override
    public int write(ScatterList list, long offset) {
      return store.write(list, offset);
    }

    @Override
    public int flush() {
      return store.flush();
    }

    @Override
    public int zero(long offset, long length, boolean deallocate) {
      return store.zero(offset, length, deallocate);
    }

    @Override
    public void close() {}
  }
}
