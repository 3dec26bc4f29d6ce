package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.transfer.TransferOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy that was killed goes on where it was, however far it was. */
class CopyKillIT {
  private static final int SIZE = 96 << 20;

  private static final int DEPTH = 4;
  private static final int CHUNK = TransferOptions.DEFAULT.chunk();

  /** Slows the namespace down, so that the copy is surely not done when it is killed. */
  private static final String RATE = "{\"bytes_per_second\": 33554432, \"burst_ms\": 100}";

  private static final String NO_RATE = "{\"bytes_per_second\": 0}";

  @TempDir Path directory;

  @Test
  void theSameCommandWithResumeDoesTheRest() throws Exception {
    byte[] data = new byte[SIZE];
    new Random(3).nextBytes(data);
    Path image = Files.write(directory.resolve("image"), data);
    try (ServiceProcess doorbell =
        ServiceProcess.serve(directory, "--drive", "emulated:memory?size=128MiB")) {
      policy(doorbell, RATE);
      Path log = directory.resolve("copy.log");
      String namespace = doorbell.url("/v1/namespaces/nvme0n1");
      Process copy =
          Tool.JAVA.start(
              log, null, "-jar", ServiceProcess.jar(), "copy", "--depth", DEPTH, image, namespace);
      try {
        doorbell.until(
            "a third has been written",
            () -> doorbell.metric("doorbell_block_bytes_total", "operation=\"write\"") > SIZE / 3);
      } finally {
        copy.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
      }
      assertEquals(137, copy.exitValue());
      assertTrue(
          doorbell.metric("doorbell_block_bytes_total", "operation=\"write\"") < SIZE,
          "the copy was done before it was killed");
      policy(doorbell, NO_RATE);
      Tool.Result before = cli("copy", "--compare", "-q", image, namespace);
      assertEquals(3, before.exit(), before.output());

      Tool.Result rest = cli("copy", "--resume", "--verify", "-q", "-o", "json", image, namespace);

      JsonObject result = new JsonObject(rest.ok());
      assertTrue(result.getBoolean("same"), rest.output());
      assertEquals(SIZE, result.getLong("unchanged") + result.getLong("written"));
      // Of what had been written, only the chunks under way may have been cut in two.
      assertTrue(result.getLong("unchanged") > SIZE / 3 - DEPTH * CHUNK, rest.output());
      assertTrue(result.getLong("written") > 0, rest.output());
      Path back = directory.resolve("back");
      cli("read", "-q", "--length", SIZE, namespace, back).ok();
      assertEquals(-1, Files.mismatch(image, back));
    }
  }

  private static void policy(ServiceProcess doorbell, String json) {
    Tool.CURL
        .run(
            "-sS", "--fail", "-X", "PUT", "-d", json, doorbell.url("/v1/namespaces/nvme0n1/policy"))
        .ok();
  }

  private static Tool.Result cli(Object... arguments) {
    Object[] all = new Object[arguments.length + 2];
    all[0] = "-jar";
    all[1] = ServiceProcess.jar();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return Tool.JAVA.run(all);
  }
}
