package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/2 in frames that no ordinary client sends, made by another implementation: python3-h2's. */
class OddFramingIT {
  private static final Path CHECKS = Path.of("src", "test", "python", "odd_framing.py");

  @TempDir Path directory;

  @Test
  void doesNotConfuseTheService() {
    try (ServiceProcess doorbell =
        ServiceProcess.serve(directory, "--drive", "emulated:memory?size=1MiB&lba_size=512")) {
      Tool.Result result = Tool.DEBIAN_PYTHON.run("-u", CHECKS.toAbsolutePath(), doorbell.port());
      assertEquals(0, result.exit(), () -> result.output() + doorbell.log());
      assertTrue(result.output().contains("19 checks, 0 failed"), result.output());
      System.out.println("odd framing: " + result.output().lines().reduce((a, b) -> b).orElse(""));
      assertEquals(0, doorbell.metric("doorbell_dma_arena_used_bytes"));
      doorbell.stop();
    }
  }
}
