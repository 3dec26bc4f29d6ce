package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaArena;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.OptionalFeatures;
import dev.doorbell.emulated.ProcessingMode;
import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.Zones;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerListener;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueCounter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Event loops on an emulated drive that works only when told to, all run by the test's thread; time
 * passes when the test says so.
 */
final class BlockWorld implements AutoCloseable {
  /** One loop, with what a real one does in a turn. */
  final class Loop {
    final IoQueue queue;
    final DmaArena arena;
    final Queue<Runnable> tasks = new ArrayDeque<>();
    final MemoryQueue memory;
    final BlockDevice device;

    private Loop(IoQueueHandle handle) {
      this.queue = handle.queue();
      this.arena = queue.arena();
      drive.watch(handle, tasks::add);
      queue.pair().plug();
      this.memory = new MemoryQueue(queue.arena(), timers, () -> now, 1000);
      this.device = new BlockDevice(namespace, new OwnQueue(queue), memory, tasks::add, () -> now);
    }

    /** A loop without a queue of its own. */
    private Loop(Loop owner, DmaArena arena) {
      this.queue = null;
      this.arena = arena;
      this.memory = new MemoryQueue(arena, timers, () -> now, 1000);
      ForwardingQueue shared = new ForwardingQueue(owner.queue, owner.tasks::add, tasks::add);
      this.device = new BlockDevice(namespace, shared, memory, tasks::add, () -> now);
    }

    /** The end of a turn: what was gathered goes, the doorbell rings, completions are taken. */
    void turn() {
      device.submitPending();
      if (queue != null) {
        queue.pair().unplug();
        queue.pair().poll();
        queue.pair().plug();
      }
    }

    void runTasks() {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    }

    long commands() {
      return queue == null ? 0 : queue.pair().counters().get(QueueCounter.SUBMITTED);
    }
  }

  final FailingStore store;
  final EmulatedController controller;
  final NvmeDrive drive;
  final BlockNamespace namespace;
  final List<Loop> loops = new ArrayList<>();
  final Timers timers = new Timers();
  long now;

  BlockWorld(int count, int blockSize, long bytes, BlockSettings settings) {
    this(count, blockSize, bytes, 64, 1 << 20, settings);
  }

  BlockWorld(int count, int blockSize, long bytes, int entries, int arena, BlockSettings settings) {
    this(
        count,
        blockSize,
        new FailingStore(bytes),
        null,
        OptionalFeatures.DEFAULT,
        entries,
        arena,
        settings);
  }

  /** On a drive with fused Compare and Write. */
  static BlockWorld fusing(int count, int blockSize, long bytes) {
    OptionalFeatures features = OptionalFeatures.DEFAULT.withCompareAndWrite(true);
    return new BlockWorld(
        count,
        blockSize,
        new FailingStore(bytes),
        null,
        features,
        64,
        1 << 20,
        BlockSettings.PLAIN);
  }

  /**
   * @param zones null for a conventional namespace
   */
  private BlockWorld(
      int count,
      int blockSize,
      FailingStore store,
      Zones zones,
      OptionalFeatures features,
      int entries,
      int arena,
      BlockSettings settings) {
    this.store = store;
    controller =
        EmulatedController.open(
            EmulatedControllerConfig.builder("emulated")
                .mode(ProcessingMode.MANUAL)
                .namespace(new NamespaceConfig(store, blockSize, false, zones))
                .features(features)
                .build());
    drive =
        NvmeDrive.open(
            controller,
            new ControllerOptions(
                "nvme0", count, entries, 1 << 20, 1000, new Waiting(System::nanoTime, this::idle)));
    NamespaceInfo info = drive.namespaces().get(0);
    namespace =
        new BlockNamespace(
            "nvme0n1", drive.info(), info, drive.limits(info.id()), 64 << 10, settings);
    drive.listen(
        new ControllerListener() {
          @Override
          public void changed(NamespaceInfo before, NamespaceInfo after) {
            namespace.update(after);
          }

          @Override
          public void detached(NamespaceInfo gone) {
            namespace.lose();
          }
        });
    for (int i = 0; i < count; i++) {
      loops.add(new Loop(drive.openQueue(arena)));
    }
  }

  /** On a namespace of {@code zones} zones of 1 MiB, of which three quarters can be written. */
  static BlockWorld zoned(int count, int blockSize, int zones, BlockSettings settings) {
    return zoned(count, blockSize, zones, (768 << 10) / blockSize, settings);
  }

  /**
   * On a namespace of {@code zones} zones of 1 MiB, of which {@code capacity} blocks are writable.
   */
  static BlockWorld zoned(
      int count, int blockSize, int zones, long capacity, BlockSettings settings) {
    ZoneGeometry geometry =
        new ZoneGeometry(
            blockSize, zones, (1 << 20) / blockSize, capacity, 0, 0, 32 << 10, 0, 0, 0, false);
    FailingStore store = new FailingStore((long) zones << 20);
    return new BlockWorld(
        count,
        blockSize,
        store,
        Zones.inMemory(geometry),
        OptionalFeatures.DEFAULT,
        64,
        1 << 20,
        settings);
  }

  /** What the driver lets happen while it waits for the controller or the loops. */
  private void idle() {
    controller.doWork(1);
    loops.forEach(Loop::runTasks);
  }

  /** One more loop, which uses the queue of the first. */
  Loop addSharingLoop() {
    Loop loop = new Loop(loops.get(0), drive.openArena(1 << 20));
    loops.add(loop);
    return loop;
  }

  BlockDevice device() {
    return loops.get(0).device;
  }

  NamespaceControl control() {
    return namespace.control();
  }

  /** One small step of something, chosen at random. */
  void step(Random random) {
    Loop loop = loops.get(random.nextInt(loops.size()));
    switch (random.nextInt(3)) {
      case 0 -> controller.doWork(1 + random.nextInt(4));
      case 1 -> loop.turn();
      default -> {
        Runnable task = loop.tasks.poll();
        if (task != null) {
          task.run();
        }
        loop.memory.serve();
      }
    }
  }

  /** Goes on until nothing is left to do. */
  void settle() {
    for (int quiet = 0; quiet < 4; ) {
      int work = 0;
      for (Loop loop : loops) {
        work += loop.tasks.size();
        loop.runTasks();
        loop.memory.serve();
        long before = loop.commands();
        loop.turn();
        work += (int) (loop.commands() - before);
        work += loop.queue == null ? 0 : loop.queue.pair().inflight();
      }
      work += controller.doWork(1000);
      quiet = work == 0 ? quiet + 1 : 0;
    }
  }

  void configure(BlockSettings settings) {
    var applied = control().configure(settings);
    settle();
    applied.join();
  }

  /** Lets time pass, and what is due by then happen. */
  void pass(long nanos) {
    now += nanos;
    timers.fire();
    settle();
  }

  /** As {@link #pass}, but only timers fire that are due by then. */
  void passDue(long nanos) {
    now += nanos;
    timers.fireDue();
    settle();
  }

  TestRequest write(Loop loop, long offset, byte[] bytes) {
    TestRequest request = new TestRequest();
    assertTrue(request.write(loop.device, offset, bytes), "memory");
    return request;
  }

  TestRequest read(Loop loop, long offset, int length) {
    TestRequest request = new TestRequest();
    request.read(loop.device, offset, length);
    return request;
  }

  /** What is there now, as one request tells. */
  byte[] content(long offset, int length) {
    TestRequest request = read(loops.get(0), offset, length);
    settle();
    assertTrue(request.done && request.status == 0, "status " + request.status);
    return request.take();
  }

  long bytesInUse() {
    return loops.stream().mapToLong(l -> l.arena.bytesInUse()).sum();
  }

  @Override
  public void close() {
    drive.close();
    timers.shutdownNow();
  }

  /** Timers that fire when the test says so. */
  final class Timers extends ScheduledThreadPoolExecutor {
    private record Timer(Runnable task, long at) {}

    private final List<Timer> scheduled = new ArrayList<>();

    Timers() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
      scheduled.add(new Timer(command, now + unit.toNanos(delay)));
      return null;
    }

    /** Whatever is scheduled: it has to look itself whether its time has come. */
    void fire() {
      List<Timer> all = List.copyOf(scheduled);
      scheduled.clear();
      all.forEach(t -> t.task.run());
    }

    void fireDue() {
      List<Timer> due = scheduled.stream().filter(t -> t.at <= now).toList();
      scheduled.removeAll(due);
      due.forEach(t -> t.task.run());
    }

    /** Nanoseconds until the next one is due. */
    long soonest() {
      return scheduled.stream().mapToLong(t -> t.at - now).min().orElse(Long.MAX_VALUE);
    }
  }
}
