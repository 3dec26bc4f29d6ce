package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
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

  /** More than the buffers of two sockets take in. */
  private static final int DOWNLOAD_SIZE = 128 << 20;

  /** So that the uploads are in their middle when the signal comes, and still within the grace. */
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

  private void serve() {
    doorbell = ServiceProcess.serve(directory, "--drive", "emulated:drive.img?size=16MiB");
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
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(DOWNLOAD_SIZE);
    }
    Files.write(image, Files.readAllBytes(source), StandardOpenOption.WRITE);
    doorbell = ServiceProcess.serve(directory, "--drive", "emulated:drive.img?size=128MiB");
    // A pipe: curl takes no more than it holds until somebody reads, so that it is in its middle.
    Path pipe = directory.resolve("pipe");
    Tool.MKFIFO.run(pipe).ok();
    curl =
        Tool.CURL.start(
            log, null, "-sS", version, "-o", pipe, "-w", "%{http_code}", doorbell.data());
    Path target = directory.resolve("target");
    try (InputStream in = Files.newInputStream(pipe);
        OutputStream out = Files.newOutputStream(target)) {
      byte[] start = new byte[4096];
      assertEquals(start.length, in.readNBytes(start, 0, start.length));
      out.write(start);
      assertEquals(1, doorbell.metric("doorbell_http_data_requests_active"), "still in progress");
      doorbell.terminate();
      doorbell.until("it is draining", () -> doorbell.log().contains("draining"));
      in.transferTo(out);
    }
    doorbell.awaitOrderlyEnd();
    assertCurlGot("200");
    assertEquals(-1, Files.mismatch(image, target));
  }

  /** The grace is the most that anybody gets; what was acknowledged before is kept. */
  @ParameterizedTest
  @ValueSource(strings = {"--http2-prior-knowledge", "--http1.1"})
  void aClientThatNeverEndsDoesNotKeepTheServiceFromItsEnd(String version) throws Exception {
    doorbell =
        ServiceProcess.serve(
            directory,
            "--drive",
            "emulated:drive.img?size=16MiB",
            "--set",
            "shutdown.grace_s=1",
            "--set",
            "http.idle_timeout_s=0");
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
