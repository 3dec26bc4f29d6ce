package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIGTERM lets what is in progress finish. */
class DrainIT {
  private static final int SIZE = 16 << 20;

  /**
   * So that the transfers are in their middle when the signal comes, and still within the grace.
   */
  private static final String RATE = "2M";

  @TempDir Path directory;

  private ServiceProcess doorbell;
  private Process curl;
  private Path source;
  private Path image;
  private Path log;

  @BeforeEach
  void make() throws IOException {
    byte[] content = new byte[SIZE];
    new Random(2).nextBytes(content);
    source = Files.write(directory.resolve("source"), content);
    image = directory.resolve("drive.img");
    log = directory.resolve("curl.log");
  }

  @AfterEach
  void kill() throws InterruptedException {
    if (curl != null) {
      curl.destroyForcibly().waitFor();
    }
    if (doorbell != null) {
      doorbell.close();
    }
  }

  private void serve(String... settings) {
    List<String> options = new ArrayList<>(List.of("--drive", "emulated:drive.img?size=16MiB"));
    for (String setting : settings) {
      options.addAll(List.of("--set", setting));
    }
    doorbell = ServiceProcess.serve(directory, options.toArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http2-prior-knowledge", "--http1.1"})
  void anUploadInProgressIsFinishedAndDurable(String version) throws Exception {
    serve();
    curl =
        Tool.CURL.start(
            log,
            null,
            "-sS",
            version,
            "--limit-rate",
            RATE,
            "-T",
            source,
            "-r",
            "0-" + (SIZE - 1),
            "-w",
            "%{http_code}",
            doorbell.data());
    doorbell.until(
        "some of the body has been written",
        () -> doorbell.metric("doorbell_block_bytes_total", "\"write\"") > 0);
    assertTrue(doorbell.metric("doorbell_http_data_requests_active") == 1, "still in progress");
    doorbell.terminate();
    doorbell.awaitOrderlyEnd();
    assertCurlGot("204");
    assertEquals(-1, Files.mismatch(source, image));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http2-prior-knowledge", "--http1.1"})
  void aDownloadInProgressIsFinished(String version) throws Exception {
    Files.copy(source, image);
    serve();
    Path target = directory.resolve("target");
    curl =
        Tool.CURL.start(
            log,
            null,
            "-sS",
            version,
            "--limit-rate",
            RATE,
            "-o",
            target,
            "-w",
            "%{http_code}",
            doorbell.data());
    doorbell.until(
        "some of it has arrived", () -> Files.exists(target) && target.toFile().length() > 0);
    assertTrue(doorbell.metric("doorbell_http_data_requests_active") == 1, "still in progress");
    doorbell.terminate();
    doorbell.awaitOrderlyEnd();
    assertCurlGot("200");
    assertEquals(-1, Files.mismatch(source, target));
  }

  /** The grace is the most that anybody gets; what was acknowledged before is kept. */
  @ParameterizedTest
  @ValueSource(strings = {"--http2-prior-knowledge", "--http1.1"})
  void aClientThatNeverEndsDoesNotKeepTheServiceFromItsEnd(String version) throws Exception {
    serve("shutdown.grace_s=1", "http.idle_timeout_s=0");
    Path acknowledged = Files.write(directory.resolve("acknowledged"), new byte[] {1, 2, 3});
    Tool.CURL.run("-sSf", version, "-T", acknowledged, "-r", "1000-1002", doorbell.data()).ok();
    Path body = directory.resolve("endless");
    Tool.MKFIFO.run(body).ok();
    try (RandomAccessFile endless = new RandomAccessFile(body.toFile(), "rw")) {
      curl =
          Tool.CURL.start(
              log,
              null,
              "-sS",
              version,
              "-T",
              body,
              "-H",
              "Content-Range: bytes 4096-8388607/*",
              doorbell.data());
      endless.write(new byte[32 << 10]);
      doorbell.until(
          "it has begun", () -> doorbell.metric("doorbell_http_data_requests_active") == 1);
      doorbell.terminate();
      doorbell.awaitOrderlyEnd();
    }
    assertTrue(curl.waitFor(60, TimeUnit.SECONDS));
    assertNotEquals(0, curl.exitValue(), "curl was told that all went well");
    byte[] kept = Arrays.copyOfRange(Files.readAllBytes(image), 1000, 1003);
    assertArrayEquals(new byte[] {1, 2, 3}, kept);
  }

  private void assertCurlGot(String status) throws Exception {
    assertTrue(curl.waitFor(60, TimeUnit.SECONDS));
    assertEquals(status, Files.readString(log), doorbell::log);
    assertEquals(0, curl.exitValue());
    assertTrue(doorbell.log().contains("draining"), doorbell::log);
  }
}
