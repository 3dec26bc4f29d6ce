package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FaultRule;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.nvme.controller.ControllerCounter;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.ControllerState;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Reset, removal and re-attach, with threads and image files, leave nothing behind. */
class FaultLeakTest {
  private static final String NAME = "leaky";
  private static final int ROUNDS = 25;
  private static final Logger LOG = (Logger) LoggerFactory.getLogger("dev.doorbell");

  @TempDir private Path directory;

  /** The messages of the supervisor to the thread that owns the queue, which is the test's. */
  private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();

  private IoQueue queue;

  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void restore() {
    LOG.setLevel(null);
  }

  @Test
  void resetRemovalAndReattachLeaveNoDescriptorMappingOrThread() throws IOException {
    // Whatever is loaded and opened once.
    round(true);
    round(false);
    Set<String> descriptors = descriptors();
    for (int i = 0; i < ROUNDS; i++) {
      round(i % 2 == 0);
      assertEquals(Set.of(), threads());
    }
    assertEquals(descriptors, descriptors(), "descriptors after " + ROUNDS + " rounds");
  }

  private void round(boolean removal) {
    EmulatedController device =
        EmulatedController.open(
            EmulatedControllerConfig.builder(NAME)
                .workers(2)
                .namespace(
                    FileStore.open(
                        FileStore.Options.sized(directory.resolve("disk.img"), 1 << 20, 512)),
                    512)
                .build());
    NvmeDrive drive =
        NvmeDrive.open(device, new ControllerOptions(NAME, 2, 32, 1 << 16, 64, Waiting.SYSTEM));
    IoQueueHandle handle = drive.openQueue(1 << 16);
    queue = handle.queue();
    drive.watch(handle, mailbox::add);
    drive.startSupervisor();
    int mappings = device.dma().mappings();

    // The thread of late completions comes to life, an abort goes out, and a reset.
    device.faults().add(FaultRule.of(FaultRule.Action.DELAY).withDelay(Long.MAX_VALUE / 4));
    run();
    drive.requestReset("wanted by a test");
    await(() -> drive.faults().get(ControllerCounter.RESETS) == 1);
    await(() -> drive.state() == ControllerState.LIVE);
    assertEquals(mappings, device.dma().mappings(), "mappings after a reset");
    run();
    if (removal) {
      device.faults().disappear();
      await(() -> drive.state() == ControllerState.FAILED);
      await(() -> device.dma().mappings() == 0);
      run();
    }
    drive.close();
    drive.close();
    mailbox.clear();
    assertEquals(0, device.dma().mappings(), "mappings after the close");
  }

  private void run() {
    Write write = new Write();
    write.buffer = queue.arena().allocate(512);
    queue.write(write, 1, 0, 1, 512, write.buffer, 0, true);
    await(() -> write.done);
    write.buffer.release();
  }

  /** Is the event loop meanwhile. */
  private void await(BooleanSupplier done) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!done.getAsBoolean()) {
      Runnable message = mailbox.poll();
      if (message != null) {
        message.run();
      } else {
        queue.pair().poll();
        LockSupport.parkNanos(50_000);
      }
      assertTrue(System.nanoTime() < deadline, "waited in vain");
    }
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith(NAME))
        .collect(Collectors.toSet());
  }

  /** What this process has open, by number and target. */
  private static Set<String> descriptors() throws IOException {
    Set<String> open = new TreeSet<>();
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      for (Path file : files.toList()) {
        try {
          String target = Files.readSymbolicLink(file).toString();
          if (!target.startsWith("/proc/")) {
            open.add(file.getFileName() + " " + target);
          }
        } catch (IOException e) {
          // The listing's own descriptor is closed by now.
        }
      }
    }
    return open;
  }

  private static final class Write extends BlockCommand {
    private DmaBuffer buffer;
    private boolean done;

    @Override
    protected void done(int status) {
      done = true;
    }
  }
}
