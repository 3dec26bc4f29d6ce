package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every way a client may arrive at the one port. */
class ProtocolsIT {
  private static final int SIZE = 16 << 20;

  @TempDir Path directory;

  private ServiceProcess doorbell;
  private Path source;

  @BeforeEach
  void make() throws IOException {
    byte[] content = new byte[SIZE];
    new Random(1).nextBytes(content);
    source = Files.write(directory.resolve("source"), content);
    Files.write(directory.resolve("drive.img"), content);
  }

  @AfterEach
  void kill() {
    if (doorbell != null) {
      doorbell.close();
    }
  }

  @Test
  void clearTextServesPriorKnowledgeUpgradeAndHttp1() throws IOException {
    doorbell = ServiceProcess.serve(directory, "--drive", "emulated:drive.img");
    exchange("2", "--http2-prior-knowledge");
    exchange("1.1", "--http1.1");
    // After an upgrade curl takes at once no more than its buffer of 32 KiB, and sends no body.
    Path target = directory.resolve("target");
    Object[] upgrade = {"--http2", "-r", "4001-20000"};
    assertEquals("2 206", curl(upgrade, "-o", target, "-w", "%{http_version} %{http_code}"));
    byte[] expected = Arrays.copyOfRange(Files.readAllBytes(source), 4001, 20001);
    assertArrayEquals(expected, Files.readAllBytes(target));
    doorbell.stop();
  }

  @Test
  void tlsServesWhatAlpnAgreesOn() throws IOException {
    serveTls();
    exchange("2", "--http2", "--cacert", directory.resolve("cert.pem"));
    exchange("1.1", "--http1.1", "--cacert", directory.resolve("cert.pem"));
    doorbell.stop();
  }

  /** Left to itself, curl 7.88 would wait for ever; what it sends instead is no body. */
  @Test
  void aWriteThatUpgradesItsConnectionIsTakenUnlessItWaitsToBeAsked() throws IOException {
    doorbell = ServiceProcess.serve(directory, "--drive", "emulated:drive.img");
    Path body = Files.write(directory.resolve("body"), new byte[4096]);
    Path answer = directory.resolve("answer");
    Object[] upgrade = {"--http2", "-m", 60, "-T", body, "-r", "0-4095", "-o", answer};
    assertEquals("417", curl(upgrade, "-w", "%{http_code}"));
    assertTrue(Files.readString(answer).contains("without Expect"));
    assertEquals("204", curl(upgrade, "-H", "Expect:", "-w", "%{http_code}"));
    doorbell.stop();
  }

  /** Reads and writes all, and compares. */
  private void exchange(String version, Object... options) throws IOException {
    Path target = directory.resolve("target");
    assertEquals(
        version + " 200", curl(options, "-o", target, "-w", "%{http_version} %{http_code}"));
    assertEquals(-1, Files.mismatch(source, target));
    String range = "4000-" + (4000 + (1 << 20) - 1);
    byte[] part = new byte[1 << 20];
    new Random(version.hashCode()).nextBytes(part);
    Path body = Files.write(directory.resolve("body"), part);
    assertEquals("204", curl(options, "-T", body, "-r", range, "-o", target, "-w", "%{http_code}"));
    assertEquals("206", curl(options, "-r", range, "-o", target, "-w", "%{http_code}"));
    assertEquals(-1, Files.mismatch(body, target));
    byte[] content = Files.readAllBytes(source);
    System.arraycopy(part, 0, content, 4000, part.length);
    Files.write(source, content);
  }

  private String curl(Object[] options, Object... more) {
    Object[] all = new Object[options.length + more.length + 2];
    all[0] = "-sS";
    System.arraycopy(options, 0, all, 1, options.length);
    System.arraycopy(more, 0, all, 1 + options.length, more.length);
    all[all.length - 1] = doorbell.data();
    return Tool.CURL.run(all).ok();
  }

  @ParameterizedTest
  @CsvSource({"true, 0-1048575", "true, 1-4194304", "false, 0-1048575", "true, 0-4095"})
  void manyStreamsOfLargeRangesAllFinish(boolean tls, String range) {
    if (tls) {
      serveTls();
    } else {
      doorbell = ServiceProcess.serve(directory, "--drive", "emulated:drive.img");
    }
    int requests = 600;
    String report =
        Tool.H2LOAD
            .run("-n", requests, "-c2", "-m32", "-H", "range: bytes=" + range, doorbell.data())
            .ok();
    assertTrue(report.contains(requests + " succeeded, 0 failed, 0 errored, 0 timeout"), report);
    assertEquals(0, doorbell.metric("doorbell_dma_arena_used_bytes"));
    doorbell.stop();
  }

  private void serveTls() {
    Object[] tls = Tls.make(directory).options();
    Object[] options = {"--drive", "emulated:drive.img", tls[0], tls[1], tls[2], tls[3]};
    doorbell = ServiceProcess.serve(directory, options);
  }
}
