package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prometheus' own checker has nothing to say, and the numbers are those of the traffic. */
class MetricsIT {
  private static final String OPERATIONS = "doorbell_block_operations_total";
  private static final String BYTES = "doorbell_block_bytes_total";
  private static final String READ = "operation=\"read\"";
  private static final String WRITE = "operation=\"write\"";

  @TempDir Path directory;

  private ServiceProcess doorbell;

  @AfterEach
  void kill() {
    if (doorbell != null) {
      doorbell.close();
    }
  }

  @Test
  void tellWhatHappened() throws IOException {
    doorbell =
        ServiceProcess.serve(directory, "--drive", "emulated:drive.img?size=4MiB&lba_size=512");
    promtoolAgrees();

    assertEquals("206", curl("-r", "0-511"));
    assertEquals("206", curl("-r", "1-512"));
    Path body = Files.write(directory.resolve("body"), new byte[1024]);
    assertEquals("204", curl("-T", body, "-r", "512-1535"));
    assertEquals("204", curl("-T", body, "-r", "100-1123"));
    assertEquals("416", curl("-r", "4194304-"));
    assertEquals("400", curl("-T", body));
    assertEquals("404", status(doorbell.url("/nowhere")));

    assertEquals(2, doorbell.metric(OPERATIONS, READ));
    assertEquals(1024, doorbell.metric(BYTES, READ));
    assertEquals(1, doorbell.metric("doorbell_block_unaligned_total", READ));
    assertEquals(2, doorbell.metric(OPERATIONS, WRITE));
    assertEquals(2048, doorbell.metric(BYTES, WRITE));
    assertEquals(1, doorbell.metric("doorbell_block_unaligned_total", WRITE));
    // Two reads, two writes, and the two edges of the one that was merged.
    double commands = doorbell.metric("doorbell_nvme_commands_total");
    assertEquals(6, commands);
    assertEquals(commands, doorbell.metric("doorbell_nvme_completions_total"));
    assertEquals(commands, doorbell.metric("doorbell_nvme_aligned_accesses_total"));
    assertEquals(0, doorbell.metric("doorbell_nvme_unaligned_accesses_total"));
    assertEquals(0, doorbell.metric("doorbell_block_failures_total"));
    assertEquals(2, doorbell.metric("doorbell_http_requests_total", "\"GET\"", "\"206\""));
    assertEquals(1, doorbell.metric("doorbell_http_requests_total", "\"GET\"", "\"416\""));
    assertEquals(2, doorbell.metric("doorbell_http_requests_total", "\"PUT\"", "\"204\""));
    assertEquals(1, doorbell.metric("doorbell_http_requests_total", "\"PUT\"", "\"400\""));
    assertEquals(1, doorbell.metric("doorbell_http_requests_total", "\"GET\"", "\"404\""));
    assertEquals(2, doorbell.metric("doorbell_block_latency_seconds_count", READ));
    assertEquals(0, doorbell.metric("doorbell_http_data_requests_active"));
    assertEquals(0, doorbell.metric("doorbell_dma_arena_used_bytes"));
    assertTrue(doorbell.metric("doorbell_dma_arena_bytes") > 0);

    // The drive loses the blocks behind a read.
    Files.write(directory.resolve("drive.img"), new byte[0]);
    assertEquals("500", curl("-r", "4000000-4000001"));
    assertEquals(1, doorbell.metric("doorbell_block_failures_total", READ));
    assertEquals(1, doorbell.metric("doorbell_nvme_completion_errors_total"));
    promtoolAgrees();
  }

  private void promtoolAgrees() {
    Path scrape = directory.resolve("metrics.txt");
    Tool.CURL.run("-sSf", "-o", scrape, doorbell.url("/metrics")).ok();
    assertEquals("", Tool.PROMTOOL.runWithInput(scrape, "check", "metrics").ok());
  }

  private String curl(Object option, Object value, Object... more) {
    Object[] all = new Object[more.length + 2];
    all[0] = option;
    all[1] = value;
    System.arraycopy(more, 0, all, 2, more.length);
    return status(doorbell.data(), all);
  }

  private String status(String url, Object... options) {
    Object[] all = new Object[options.length + 7];
    Object[] first = {"-sS", "--http2-prior-knowledge", "-o", "/dev/null", "-w", "%{http_code}"};
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(options, 0, all, first.length, options.length);
    all[all.length - 1] = url;
    return Tool.CURL.run(all).ok();
  }
}
