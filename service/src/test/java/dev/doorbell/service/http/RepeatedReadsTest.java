package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads over one connection of HTTP/1.1 whose heads are alike but for the range. */
class RepeatedReadsTest {
  private static final int MIB = 1 << 20;
  private static final byte[] BYTES = Seeded.bytes(11, MIB);
  private static final String FAULTS = "/v1/controllers/nvme0/faults";
  private static final int ENOUGH_TO_LEARN = 4;

  @TempDir Path directory;
  private TestService service;

  @BeforeEach
  void start() {
    start("shutdown.grace_s=1");
  }

  private void start(String... settings) {
    service =
        TestService.start(
            "emulated:" + directory.resolve("disk.img") + "?size=1MiB&lba_size=512",
            Stream.concat(
                    Stream.of("emulated.fault_injection=true", "loops=1"), Stream.of(settings))
                .toArray(String[]::new));
    try (Client client = service.client(HttpVersion.HTTP_1_1)) {
      client.put(BYTES, "Content-Range", "bytes 0-1048575/*").expect(204);
    }
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private static String request(String range) {
    return request(range, "");
  }

  private static String request(String range, String fields) {
    return "GET %s HTTP/1.1\r\nHost: localhost\r\nRange: %s\r\nUser-Agent: test\r\n%s\r\n"
        .formatted(Client.DATA, range, fields);
  }

  /** Reads one answer, and tells whether it is one of a read that Vert.x did not see. */
  private static boolean expect(RawConnection raw, int first, int end) throws IOException {
    String head = raw.readPart(first, end, BYTES, MIB);
    return head.indexOf("accept-ranges") < head.indexOf("content-length");
  }

  private static String expectOther(RawConnection raw, int status) throws IOException {
    String head = raw.readHead();
    assertTrue(head.startsWith("http/1.1 " + status + " "), head);
    return new String(raw.read(contentLength(head)), StandardCharsets.ISO_8859_1);
  }

  private static int contentLength(String head) {
    String[] length = head.split("content-length: ");
    return length.length == 1 ? 0 : Integer.parseInt(length[1].split("\r\n")[0]);
  }

  private static boolean read(RawConnection raw, int first, int end) throws IOException {
    raw.send(request("bytes=%d-%d".formatted(first, end - 1)));
    return expect(raw, first, end);
  }

  private static void assertEnds(RawConnection raw) throws IOException {
    try {
      assertEquals(0, raw.readToEnd().length);
    } catch (SocketException reset) {
      // That is how a system closes a connection of which it has not read all.
    }
  }

  /** A connection that has a template. */
  private RawConnection learned() throws IOException {
    RawConnection raw = service.raw();
    for (int i = 0; i < ENOUGH_TO_LEARN; i++) {
      read(raw, i, 100 + i);
    }
    assertTrue(read(raw, 5, 7), "the template is known");
    return raw;
  }

  private void inject(String fault) {
    try (Client client = service.client(HttpVersion.HTTP_2)) {
      client.send(HttpMethod.POST, FAULTS, fault).expect(204);
    }
  }

  @Test
  void theyAreAnsweredAsAnyOther() throws IOException {
    double before = service.metric("doorbell_http_requests_total", "code=\"206\"");
    try (RawConnection raw = learned()) {
      for (int i = 0; i < 200; i++) {
        assertTrue(read(raw, 511 * i, 511 * i + 1 + 37 * i), "read " + i);
      }
    }
    int reads = ENOUGH_TO_LEARN + 1 + 200;
    assertEquals(before + reads, service.metric("doorbell_http_requests_total", "code=\"206\""));
    service.awaitIdle();
    assertEquals(0, service.metric("doorbell_dma_arena_used_bytes"));
  }

  @Test
  void aRangeThatGoesPastTheEndIsCutThere() throws IOException {
    try (RawConnection raw = learned()) {
      raw.send(request("bytes=1048000-999999999999"));
      assertTrue(expect(raw, 1048000, MIB));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=1048576-1048577 | 416",
        "bytes=9-8 | 416",
        "bytes=0-1048575 | 206",
        "bytes=-100 | 206",
        "bytes=5-5,700-700 | 206",
        "lines=1-2 | 200"
      })
  void otherRangesAreAnsweredByVertx(String range, int status) throws IOException {
    try (RawConnection raw = learned()) {
      raw.send(request(range));
      expectOther(raw, status);
      assertTrue(read(raw, 3, 4));
    }
  }

  @Test
  void otherRequestsInBetweenAreAnsweredAsEver() throws IOException {
    try (RawConnection raw = learned()) {
      for (int i = 0; i < 30; i++) {
        raw.send(request("bytes=0-9", "If-Range: \"x\"\r\n"));
        expectOther(raw, 200);
        assertTrue(read(raw, i, i + 512));
        raw.send(request("bytes=0-9", "X-Number: " + i + "\r\n"));
        assertFalse(expect(raw, 0, 10));
        assertTrue(read(raw, i, i + 512));
        raw.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
        expectOther(raw, 200);
        raw.send("PUT " + Client.DATA + " HTTP/1.1\r\nHost: localhost\r\n");
        raw.send("Content-Range: bytes 0-3/*\r\nContent-Length: 4\r\n\r\n");
        raw.send(Arrays.copyOf(BYTES, 4));
        expectOther(raw, 204);
        // Whether a body is at its end, only Vert.x knows until the next head has come.
        assertTrue(read(raw, i, i + 512) || read(raw, i, i + 512));
      }
    }
  }

  /** What looks like a head may be the body of a request. */
  @Test
  void aBodyThatLooksLikeAReadIsABody() throws IOException {
    String body = request("bytes=0-4095");
    try (RawConnection raw = learned()) {
      raw.send("PUT " + Client.DATA + " HTTP/1.1\r\nHost: localhost\r\n");
      raw.send("Content-Range: bytes 4096-" + (4095 + body.length()) + "/*\r\n");
      raw.send("Expect: 100-continue\r\nContent-Length: " + body.length() + "\r\n\r\n");
      assertTrue(raw.readHead().startsWith("http/1.1 100 "));
      raw.send(body);
      expectOther(raw, 204);
      raw.send(request("bytes=4096-" + (4095 + body.length())));
      assertEquals(body, expectOther(raw, 206));
    }
  }

  @Test
  void whatFollowsAnotherHeadIsNotTakenForTheTemplate() throws IOException {
    try (RawConnection raw = learned()) {
      // The piece that ends it is a whole head by itself, and yet the end of another.
      raw.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Rest: ");
      raw.send(request("bytes=0-9"));
      expectOther(raw, 200);
      assertTrue(read(raw, 0, 10) || read(raw, 0, 10));
    }
  }

  @Test
  void headsInPiecesAreReadAsOne() throws IOException {
    String whole = request("bytes=512-1023");
    try (RawConnection raw = learned()) {
      for (int cut = 1; cut < whole.length(); cut++) {
        raw.send(whole.substring(0, cut));
        raw.send(whole.substring(cut));
        expect(raw, 512, 1024);
      }
      raw.send(whole.repeat(40));
      for (int i = 0; i < 40; i++) {
        expect(raw, 512, 1024);
      }
    }
  }

  @Test
  void whatComesWhileOneIsUnderWayIsAnsweredAfterIt() throws IOException {
    try (RawConnection raw = learned()) {
      for (int i = 0; i < 2; i++) {
        inject("{\"fault\": \"delay\", \"opcode\": \"read\", \"delay_ms\": 700}");
        raw.send(request("bytes=0-511"));
        Await.until(
            "it is under way", () -> service.metric("doorbell_block_inflight_requests") > 0);
        raw.send(request("bytes=512-1023"));
        raw.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" + request("bytes=1-9"));
        raw.send(request("bytes=9-9"));
        expect(raw, 0, 512);
        expect(raw, 512, 1024);
        expectOther(raw, 200);
        expect(raw, 1, 10);
        expect(raw, 9, 10);
        assertTrue(read(raw, 100, 200) || read(raw, 100, 200), "round " + i);
      }
    }
  }

  @Test
  void aReadThatFailsIsAnsweredWithItsStatusAndReadOnce() throws IOException {
    try (RawConnection raw = learned()) {
      inject(
          "{\"fault\": \"fail\", \"opcode\": \"read\", \"first_lba\": 8, \"last_lba\": 15,"
              + " \"sct\": 2, \"sc\": 129, \"dnr\": true, \"count\": 0}");
      double errors = service.metric("doorbell_nvme_completion_errors_total");
      raw.send(request("bytes=4096-4607"));
      String problem = expectOther(raw, 500);
      assertTrue(problem.contains("\"lba\":8"), problem);
      assertTrue(problem.contains("read of 512 bytes at offset 4096"), problem);
      assertEquals(errors + 1, service.metric("doorbell_nvme_completion_errors_total"));
      assertEquals(1, service.metric("doorbell_http_requests_total", "code=\"500\""));
      assertTrue(read(raw, 0, 512));
      raw.send(request("bytes=4096-4607"));
      expectOther(raw, 500);
    }
    service.awaitIdle();
  }

  @Test
  void aReadThatIsUnderWayIsAnsweredBeforeTheServiceEnds() throws Exception {
    inject("{\"fault\": \"delay\", \"opcode\": \"read\", \"first_lba\": 64, \"delay_ms\": 700}");
    try (RawConnection raw = learned();
        RawConnection idle = learned()) {
      raw.send(request("bytes=32768-36863"));
      Await.until("it is under way", () -> service.metric("doorbell_block_inflight_requests") > 0);
      // Nobody will be told what came of it.
      raw.send("PUT " + Client.DATA + " HTTP/1.1\r\nHost: localhost\r\n");
      raw.send("Content-Range: bytes 0-3/*\r\nContent-Length: 4\r\n\r\nlost");
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(service::stop);
      assertTrue(expect(raw, 32768, 36864));
      assertEnds(raw);
      assertEnds(idle);
      stopped.get();
    }
    assertArrayEquals(BYTES, Files.readAllBytes(directory.resolve("disk.img")));
  }

  @Test
  void clientsThatGoLeaveNothingBehind() throws IOException {
    inject("{\"fault\": \"delay\", \"opcode\": \"read\", \"delay_ms\": 20, \"count\": 0}");
    for (int i = 0; i < 10; i++) {
      RawConnection raw = learned();
      raw.send(request("bytes=0-65535") + request("bytes=0-511"));
      if (i % 2 == 0) {
        raw.send(request("bytes=0-65535"));
      }
      raw.abort();
    }
    service.awaitIdle();
    Await.until("no memory is held", () -> service.metric("doorbell_dma_arena_used_bytes") == 0);
  }

  @Test
  void aClientThatDoesNotReadDoesNotHoldUpTheEnd() throws IOException {
    try (RawConnection raw = learned()) {
      for (int i = 0; i < 200; i++) {
        raw.send(request("bytes=0-131071"));
      }
      Await.until(
          "an answer waits for the socket",
          () -> service.metric("doorbell_dma_arena_used_bytes") > 0);
      service.stop();
    }
  }

  @Test
  void oneThatFindsNoMemoryInTimeIsToldSo() throws IOException {
    service.close();
    start("queue.dma_arena=1MiB", "http.wait_ms=50");
    try (RawConnection raw = learned()) {
      MemoryHolders holders = MemoryHolders.begin(service, BYTES);
      raw.send(request("bytes=5-9"));
      String head = raw.readHead();
      assertTrue(head.startsWith("http/1.1 503 "), head);
      assertTrue(head.contains("\r\nretry-after: 1\r\n"), head);
      String problem = new String(raw.read(contentLength(head)), StandardCharsets.ISO_8859_1);
      assertTrue(problem.contains("read of 5 bytes at offset 5"), problem);
      holders.end();
      assertTrue(read(raw, 5, 10));
    }
    service.awaitIdle();
  }
}
