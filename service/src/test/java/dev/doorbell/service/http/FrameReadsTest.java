package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads over one connection of HTTP/2 whose fields are alike but for the range. */
class FrameReadsTest extends FrameReadsSetUp {
  @Test
  void theyAreAnsweredAsAnyOther() throws IOException {
    Random random = new Random(5);
    double all = service.metric("doorbell_http_requests_total", "code=\"206\"");
    int[] first = new int[64];
    int[] end = new int[64];
    int[] stream = new int[64];
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < stream.length; i++) {
        // Of one command: none crosses a multiple of 128 KiB.
        first[i] = 128 * 1024 * random.nextInt(8) + random.nextInt(100_000);
        end[i] = first[i] + 1 + random.nextInt(20_000);
        stream[i] = request("GET", Client.DATA, "range", "bytes=" + first[i] + "-" + (end[i] - 1));
      }
      wire.send();
      for (int i = 0; i < stream.length; i++) {
        expectPart(stream[i], first[i], end[i]);
      }
    }
    assertEquals(20 * 64, repeated());
    assertEquals(all + 20 * 64, service.metric("doorbell_http_requests_total", "code=\"206\""));
    service.awaitIdle();
  }

  @Test
  void aRangeThatGoesPastTheEndIsCutThere() throws IOException {
    expectPart(ask("bytes=1048000-999999999999"), 1048000, MIB);
    assertEquals(1, repeated());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=1048576-1048577 | 416",
        "bytes=9-8 | 416",
        "bytes=-100 | 206",
        "bytes=5-5,700-700 | 206",
        "lines=1-2 | 200"
      })
  void otherRangesAreAnsweredByVertx(String range, int status) throws IOException {
    assertEquals(status, answers.of(ask(range)).status());
    assertEquals(0, repeated());
    expectRead(3, 4);
    assertEquals(1, repeated());
  }

  @Test
  void otherRequestsInBetweenAreAnsweredAsEver() throws IOException {
    for (int i = 0; i < 30; i++) {
      int conditional = request("GET", Client.DATA, "range", "bytes=0-9", "if-range", "\"x\"");
      int read = ask(i, i + 512);
      int head = request("HEAD", Client.DATA, "range", "bytes=0-9");
      int health = request("GET", "/livez");
      int absent = request("GET", SECOND, "range", "bytes=0-9");
      wire.send();
      assertEquals(200, answers.of(conditional).status());
      expectPart(read, i, i + 512);
      assertEquals(200, answers.of(head).status());
      assertEquals(200, answers.of(health).status());
      assertEquals(404, answers.of(absent).status());
    }
    assertEquals(30, repeated());
  }

  /** A client that has changed its mind about the rest of its fields. */
  @Test
  void thereIsAnotherTemplateWhenTheOldOneIsOfNoUseAnyMore() throws IOException {
    for (int i = 0; i < 30; i++) {
      int stream = request("GET", Client.DATA, "range", "bytes=" + i + "-700", "x", "y");
      wire.send();
      expectPart(stream, i, 701);
    }
    double after = repeated();
    assertTrue(after > 10 && after < 30, () -> "repeated " + after);
    for (int i = 0; i < 5; i++) {
      expectRead(i, 100);
    }
    assertEquals(after, repeated());
  }

  @Test
  void eachNamespaceGivesItsOwnBytes() throws IOException {
    byte[] other = Seeded.bytes(14, MIB);
    try (TestService two =
        TestService.start(List.of(TestService.MEMORY_1_MIB, TestService.MEMORY_1_MIB), "loops=1")) {
      put(two);
      try (Client client = two.client(HttpVersion.HTTP_2)) {
        client.putTo(SECOND, other, "Content-Range", "bytes 0-1048575/*").expect(204);
      }
      try (Http2Wire alone = new Http2Wire(two.raw()).open(1 << 20)) {
        StreamAnswers both = new StreamAnswers(alone);
        for (int i = 0; i < 100; i++) {
          // Long enough in a row for the template to change.
          boolean second = i / 12 % 2 == 1;
          String range = "bytes=" + i + "-" + (i + 99);
          alone.request(BOTH, 2 * i + 1, "GET", second ? SECOND : Client.DATA, "range", range);
          alone.send();
          both.of(2 * i + 1).expectPart(i, i + 100, second ? other : BYTES, MIB);
        }
      }
    }
  }

  /** What looks like such a request may be the trailers of another. */
  @Test
  void trailersThatLookLikeAReadAreTrailers() throws IOException {
    int stream = next;
    wire.request(Http2Wire.END_HEADERS, stream, "PUT", Client.DATA, "content-range", "bytes 0-3/*");
    wire.frame(Http2FrameTypes.DATA, 0, stream, Arrays.copyOf(BYTES, 4));
    request("GET", Client.DATA, "range", "bytes=0-9");
    wire.send();
    Http2Wire.Frame frame = wire.next();
    while (frame.stream() != stream) {
      frame = wire.next();
    }
    assertTrue(
        frame.type() == Http2FrameTypes.RST_STREAM || frame.type() == Http2FrameTypes.HEADERS);
    assertEquals(0, repeated());
    expectAlive();
  }

  @Test
  void manyMoreThanTheConnectionsBudgetAreAllAnswered() throws IOException {
    int[] streams = new int[200];
    for (int i = 0; i < streams.length; i++) {
      streams[i] = request("GET", Client.DATA, "range", "bytes=" + i + "-" + (i + 65_535));
    }
    wire.send();
    for (int i = 0; i < streams.length; i++) {
      expectPart(streams[i], i, i + 65_536);
    }
    assertTrue(repeated() > 0);
    service.awaitIdle();
  }

  @Test
  void aBodyComesAsTheWindowOpens() throws IOException {
    setWindow(1000);
    int stream = ask(700, 9700);
    Await.until("it waits", () -> service.metric("doorbell_dma_arena_used_bytes") > 0);
    window(stream, 1);
    window(stream, 100_000);
    expectPart(stream, 700, 9700);
    assertEquals(1, repeated());
  }

  @Test
  void aReadThatFailsIsAnsweredWithItsStatusAndReadOnce() throws IOException {
    inject(
        "{\"fault\": \"fail\", \"opcode\": \"read\", \"first_lba\": 8, \"last_lba\": 15,"
            + " \"sct\": 2, \"sc\": 129, \"dnr\": true, \"count\": 0}");
    for (int i = 0; i < 2; i++) {
      double errors = service.metric("doorbell_nvme_completion_errors_total");
      int good = request("GET", Client.DATA, "range", "bytes=0-511");
      int bad = request("GET", Client.DATA, "range", "bytes=4096-4607");
      int another = request("GET", Client.DATA, "range", "bytes=9000-9511");
      wire.send();
      StreamAnswers.Answer problem = answers.of(bad);
      assertEquals(500, problem.status());
      assertTrue(problem.text().contains("\"lba\":8"), problem::text);
      assertTrue(problem.text().contains("read of 512 bytes at offset 4096"), problem::text);
      expectPart(good, 0, 512);
      expectPart(another, 9000, 9512);
      assertEquals(errors + 1, service.metric("doorbell_nvme_completion_errors_total"));
    }
    assertEquals(2, service.metric("doorbell_http_requests_total", "code=\"500\""));
    service.awaitIdle();
  }

  @Test
  void oneThatFindsNoMemoryInTimeIsToldSo() throws IOException {
    stop();
    start("queue.dma_arena=1MiB", "http.wait_ms=50");
    MemoryHolders holders = MemoryHolders.begin(service, BYTES);
    StreamAnswers.Answer refused = answers.of(ask(5, 10));
    assertEquals(503, refused.status());
    assertEquals("1", refused.field("retry-after"));
    assertTrue(refused.text().contains("read of 5 bytes at offset 5"), refused::text);
    holders.end();
    double before = repeated();
    expectRead(5, 10);
    assertEquals(before + 1, repeated());
    service.awaitIdle();
  }

  /** RFC 7541, 4.2: the first block after a table was made smaller has to say so. */
  @Test
  void aTableThatGetsSmallerWhileOneIsUnderWayIsAcknowledged() throws IOException {
    inject(SLOW);
    int stream = ask(32_768, 33_000);
    awaitUnderWay(1);
    setting(HEADER_TABLE_SIZE, 100);
    Http2Wire.Frame head = wire.next(Http2FrameTypes.HEADERS);
    assertEquals(stream, head.stream());
    expectTableSize(head);
    Http2Wire.Frame data = wire.next(Http2FrameTypes.DATA);
    assertArrayEquals(Arrays.copyOfRange(BYTES, 32_768, 33_000), data.payload());
  }

  @Test
  void aTableThatWasSmallerForAMomentIsAcknowledged() throws IOException {
    byte[] payload = ByteBuffer.allocate(6).putShort((short) HEADER_TABLE_SIZE).putInt(100).array();
    wire.frame(Http2FrameTypes.SETTINGS, 0, 0, payload);
    setting(HEADER_TABLE_SIZE, 4096);
    ask(5, 9);
    expectTableSize(wire.next(Http2FrameTypes.HEADERS));
    ask(5, 9);
    // Indexed: 206 of the static table, so not by Netty, which would give a priority.
    assertEquals((byte) (0x80 | 10), wire.next(Http2FrameTypes.HEADERS).payload()[0]);
  }

  private static void expectTableSize(Http2Wire.Frame head) {
    int block = (head.flags() & StreamAnswers.PRIORITY) != 0 ? StreamAnswers.PRIORITY_BYTES : 0;
    // 001xxxxx: dynamic table size update (RFC 7541, 6.3).
    assertEquals(0x20, head.payload()[block] & 0xe0);
  }

  /** What only waits for the windows of its streams takes nothing from others. */
  @Test
  void answersThatWaitForTheirWindowsDoNotHoldUpOthers() throws IOException {
    setWindow(10);
    for (int i = 0; i < 6; i++) {
      request("GET", Client.DATA, "range", "bytes=0-524287,524289-1048575");
    }
    int[] waiting = new int[4];
    for (int i = 0; i < waiting.length; i++) {
      waiting[i] = request("GET", Client.DATA, "range", "bytes=" + i + "-" + (i + 9));
    }
    wire.send();
    for (int i = 0; i < waiting.length; i++) {
      expectPart(waiting[i], i, i + 10);
    }
  }

  @Test
  void oneThatTheClientResetsLeavesNothingBehind() throws IOException {
    inject(SLOW);
    int[] reset = {ask(32_768, 33_000), ask(33_000, 90_000)};
    awaitUnderWay(2);
    setWindow(0);
    int waiting = ask(0, 4096);
    int blocked = ask(4096, 8192);
    for (int stream : new int[] {reset[0], reset[1], waiting}) {
      wire.frame(Http2FrameTypes.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
    }
    wire.send();
    window(blocked, 4096);
    expectPart(blocked, 4096, 8192);
    service.awaitIdle();
    setWindow(1 << 20);
    expectRead(5, 6);
  }

  /** Whoever makes the answers: those with a field that changes are made by Vert.x. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void resetsOfThoseThatUseUpTheBudgetLetOthersGoOn(boolean alike) throws IOException {
    inject(SLOW);
    int[] slow = new int[8];
    for (int i = 0; i < slow.length; i++) {
      slow[i] = readAlike(alike, 32_768, 98_304);
    }
    int[] waiting = new int[4];
    for (int i = 0; i < waiting.length; i++) {
      waiting[i] = readAlike(alike, i, 4096);
    }
    awaitUnderWay(8);
    for (int stream : slow) {
      wire.frame(Http2FrameTypes.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
    }
    wire.send();
    for (int i = 0; i < waiting.length; i++) {
      expectPart(waiting[i], i, 4096);
    }
    assertEquals(alike ? 4 : 0, repeated());
    service.awaitIdle();
  }

  private int readAlike(boolean alike, int first, int end) throws IOException {
    String range = "bytes=" + first + "-" + (end - 1);
    int stream =
        alike
            ? request("GET", Client.DATA, "range", range)
            : request("GET", Client.DATA, "range", range, "x", "" + next);
    wire.send();
    return stream;
  }

  @Test
  void clientsThatGoLeaveNothingBehind() throws IOException {
    inject("{\"fault\": \"delay\", \"opcode\": \"read\", \"delay_ms\": 20, \"count\": 0}");
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < 30; j++) {
        request("GET", Client.DATA, "range", "bytes=" + j + "-65535");
      }
      wire.send();
      wire.close();
      connect(i % 2 == 0 ? 1000 : 1 << 20);
    }
    service.awaitIdle();
  }

  @Test
  void readsThatAreUnderWayAreAnsweredBeforeTheServiceEnds() throws Exception {
    inject(SLOW);
    int one = ask(32_768, 40_000);
    int two = ask(33_000, 41_000);
    awaitUnderWay(2);
    CompletableFuture<Void> stopped = CompletableFuture.runAsync(service::stop);
    assertEquals(Http2Error.NO_ERROR.code(), wire.next(Http2FrameTypes.GO_AWAY).code());
    expectPart(one, 32_768, 40_000);
    expectPart(two, 33_000, 41_000);
    stopped.get();
    assertNull(wire.next());
    assertArrayEquals(BYTES, Files.readAllBytes(directory.resolve("disk.img")));
  }
}
