package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that polls when there is work does not when there is none. */
class IdleIT {
  private static final long INTERVAL_SECONDS = 5;

  /** Of one processor; a loop that polls busily would take all of it. */
  private static final double LIMIT = 0.2;

  /** Clock ticks per second of /proc, USER_HZ: 100 on every architecture that Debian has. */
  private static final double TICKS = 100;

  @TempDir Path directory;

  private ServiceProcess doorbell;

  @AfterEach
  void kill() {
    if (doorbell != null) {
      doorbell.close();
    }
  }

  @Test
  void takesAlmostNoProcessorTimeAfterTraffic() throws Exception {
    doorbell = ServiceProcess.serve(directory, "--drive", "emulated:drive.img?size=16MiB");
    Path body = Files.write(directory.resolve("body"), new byte[1 << 20]);
    System.out.println("resident before traffic: " + resident());
    for (int i = 0; i < 3; i++) {
      Tool.CURL.run("-sSf", "-T", body, "-r", "100-1048675", doorbell.data()).ok();
      Tool.H2LOAD.run("-n2000", "-c4", "-m8", "-H", "range: bytes=0-4095", doorbell.data()).ok();
    }
    System.out.println("resident after traffic:  " + resident());
    awaitCompilersDone();

    double before = processorSeconds();
    // Nothing is waited for here: the interval itself is what is measured.
    new CountDownLatch(1).await(INTERVAL_SECONDS, TimeUnit.SECONDS);
    double used = processorSeconds() - before;

    System.out.printf("idle: %.2f s of %d s%n", used, INTERVAL_SECONDS);
    assertTrue(used < LIMIT * INTERVAL_SECONDS, () -> "used " + used + " s");
    doorbell.stop();
  }

  /** The JVM compiles for a while after traffic; that is over once a tick passes without work. */
  private void awaitCompilersDone() {
    double[] last = {-1};
    doorbell.until(
        "compilers are done",
        () -> {
          double now = processorSeconds();
          boolean quiet = now == last[0];
          last[0] = now;
          return quiet;
        });
  }

  private double processorSeconds() {
    try {
      String stat = Files.readString(Path.of("/proc/" + doorbell.pid() + "/stat"));
      // Fields are counted behind the name, which may hold spaces (proc(5)): utime is the 14th.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + doorbell.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .findFirst()
        .orElse("unknown");
  }
}
