package dev.doorbell.nvme.zoned;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.emulated.BlockStore;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.NullStore;
import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.Zones;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.spec.ZoneAction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What 4 KiB to a zone cost by append, against 4 KiB written to a conventional namespace on the
 * same kind of store: batches of {@code depth} under one doorbell, one after the other through 64
 * MiB, then from the start again, for which the zone is reset, and the conventional namespace
 * flushed. The result is of a batch. The writes are volatile, as what a sync costs would hide the
 * rest.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ZoneAppendBenchmark {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 1 << 14;
  private static final int ENTRIES = 512;

  /** {@code null}, {@code memory}, or {@code file} for an image with its metadata file. */
  @Param({"memory", "file"})
  public String store;

  @Param({"1", "32", "256"})
  public int depth;

  private Path directory;
  private NvmeDrive drive;
  private IoQueue queue;
  private NamespaceInfo conventional;
  private NamespaceInfo zoned;
  private ZoneQueue zones;
  private Write[] commands;
  private int completed;
  private int position;

  /** Two namespaces of 64 MiB, of which the second is a single zone. */
  @Setup
  public void open() throws IOException {
    directory = Files.createTempDirectory("zone-bench");
    ZoneGeometry geometry = new ZoneGeometry(BLOCK, 1, BLOCKS, BLOCKS, 0, 0, 0, 0, 0, 0, true);
    Path image = directory.resolve("zoned.img");
    BlockStore zonedStore = store(image);
    Zones kept =
        store.equals("file")
            ? Zones.open(
                geometry, new Zones.Options(Zones.Options.beside(image), false, false, false))
            : Zones.inMemory(geometry);
    drive =
        NvmeDrive.open(
            EmulatedController.open(
                EmulatedControllerConfig.builder("bench")
                    .namespace(store(directory.resolve("plain.img")), BLOCK)
                    .namespace(new NamespaceConfig(zonedStore, BLOCK, false, kept))
                    .build()),
            new ControllerOptions("nvme0", 1, ENTRIES, 2 << 20, 10_000, Waiting.SYSTEM));
    IoQueueHandle handle = drive.openQueue(4 << 20);
    queue = handle.queue();
    // As a polling loop does: else every batch costs the device an eventfd write.
    handle.interrupt().mask();
    queue.setOwner(null);
    conventional = drive.namespaces().get(0);
    zoned = drive.namespaces().get(1);
    zones = new ZoneQueue(queue, zoned);
    commands = new Write[depth];
    for (int i = 0; i < depth; i++) {
      commands[i] = new Write();
    }
  }

  private BlockStore store(Path image) {
    long size = (long) BLOCKS * BLOCK;
    return switch (store) {
      case "null" -> new NullStore(size);
      case "memory" -> new MemoryStore(size);
      default -> FileStore.open(FileStore.Options.sized(image, size, BLOCK));
    };
  }

  @TearDown
  public void close() throws IOException {
    drive.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
    }
  }

  @Benchmark
  public int write() {
    begin();
    if (position + depth > BLOCKS) {
      position = 0;
      // A reset is durable, and so is all that went before it.
      queue.flush(commands[0], conventional.id());
      awaitOne();
    }
    queue.pair().plug();
    for (Write each : commands) {
      queue.write(each, conventional.id(), position++, 1, BLOCK, each.buffer, 0, false);
    }
    return await(depth);
  }

  @Benchmark
  public int append() {
    begin();
    if (position + depth > BLOCKS) {
      position = 0;
      zones.manage(commands[0], ZoneAction.RESET, 0);
      awaitOne();
    }
    queue.pair().plug();
    position += depth;
    for (Write each : commands) {
      zones.append(each, 0, 1, each.buffer, 0, false);
    }
    return await(depth);
  }

  private void begin() {
    if (commands[0].buffer == null) {
      queue.setOwner(Thread.currentThread());
      for (Write each : commands) {
        each.buffer = queue.arena().allocate(BLOCK);
      }
    }
    completed = 0;
  }

  private void awaitOne() {
    while (completed < 1) {
      queue.pair().poll();
    }
    completed = 0;
  }

  private int await(int count) {
    queue.pair().unplug();
    while (completed < count) {
      if (queue.pair().poll() == 0) {
        Thread.onSpinWait();
      }
    }
    return completed;
  }

  private final class Write extends BlockCommand {
    private DmaBuffer buffer;

    @Override
    protected void done(int status) {
      if (status != 0) {
        throw new IllegalStateException("status " + status);
      }
      completed++;
    }
  }
}
