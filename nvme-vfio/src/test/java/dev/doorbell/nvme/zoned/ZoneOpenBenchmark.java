package dev.doorbell.nvme.zoned;

import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.Zones;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long a drive of 100,000 zones of 1 MiB takes to open and close: image, metadata file with
 * descriptor extensions, controller and driver. The first iterations are in a cold JVM.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 5)
@Fork(2)
public class ZoneOpenBenchmark {
  private static final ZoneGeometry GEOMETRY =
      new ZoneGeometry(4096, 100_000, 256, 256, 14, 28, 0, 64, 0, 0, true);

  private Path directory;

  @Setup
  public void makeDrive() throws IOException {
    directory = Files.createTempDirectory("zone-bench");
    openAndClose();
  }

  @TearDown
  public void removeDrive() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
    }
  }

  @Benchmark
  public int openAndClose() {
    Path image = directory.resolve("disk.img");
    FileStore store =
        FileStore.open(FileStore.Options.sized(image, GEOMETRY.blocks() * 4096, 4096));
    Zones zones =
        Zones.open(
            GEOMETRY,
            new Zones.Options(Zones.Options.beside(image), false, false, store.holdsData()));
    try (NvmeDrive drive =
        NvmeDrive.open(
            EmulatedController.open(
                EmulatedControllerConfig.builder("bench")
                    .namespace(new NamespaceConfig(store, 4096, false, zones))
                    .build()),
            ControllerOptions.of("nvme0", 1))) {
      return drive.namespaces().get(0).zoned().zones();
    }
  }
}
