package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients who dribble what they write hold none of the drive's memory, and nobody up. */
class SlowWritersTest {
  private static final int ARENA = 4 << 20;
  private static final int WRITERS = 200;
  private static final int BODY = 128 << 10;
  private static final int CAPACITY = WRITERS * BODY;
  private static final int BLOCK = 512;

  private final byte[] content = Seeded.bytes(3, CAPACITY);
  private final List<RawConnection> writers = new ArrayList<>();
  private TestService service;
  private Client client;

  @BeforeEach
  void start() {
    service =
        TestService.start(
            "emulated:memory?size=32MiB&lba_size=512",
            "loops=1",
            "queue.dma_arena=4MiB",
            "http.wait_ms=30000");
    client = service.client(HttpVersion.HTTP_2);
  }

  @AfterEach
  void stop() throws IOException {
    for (RawConnection writer : writers) {
      writer.abort();
    }
    service.awaitIdle();
    assertEquals(0, service.metric("doorbell_http_body_bytes"));
    service.close();
  }

  private byte[] part(int writer, int from, int to) {
    return Arrays.copyOfRange(content, writer * BODY + from, writer * BODY + to);
  }

  /** Little of each body; and so much that all of them are more than the heap should hold. */
  @ParameterizedTest
  @ValueSource(ints = {1000, 100_001})
  void puts(int sent) throws IOException {
    for (int i = 0; i < WRITERS; i++) {
      RawConnection writer = service.raw();
      writers.add(writer);
      writer.head(
          "PUT " + Client.DATA + " HTTP/1.1",
          "Content-Range: bytes %d-%d/*".formatted(i * BODY, (i + 1) * BODY - 1),
          "Content-Length: " + BODY);
      writer.send(part(i, 0, sent));
    }
    assertOthersAreServed();
    for (int i = 0; i < WRITERS; i++) {
      writers.get(i).send(part(i, sent, BODY));
    }
    for (RawConnection writer : writers) {
      assertTrue(writer.readHead().startsWith("http/1.1 204 "));
    }
    assertArrayEquals(content, client.range("0-" + (CAPACITY - 1)).expect(206).body());
  }

  @Test
  void patches() throws IOException {
    for (int i = 0; i < WRITERS; i++) {
      RawConnection writer = service.raw();
      writers.add(writer);
      byte[] head = patchHead(i);
      writer.head(
          "PATCH " + Client.DATA + " HTTP/1.1",
          "Content-Type: multipart/byteranges; boundary=b",
          "Content-Length: " + (head.length + 8000 + PATCH_END.length));
      writer.send(head).send(part(i, 0, 5000));
    }
    assertOthersAreServed();
    for (int i = 0; i < WRITERS; i++) {
      writers.get(i).send(part(i, 5000, 8000)).send(PATCH_END);
    }
    for (RawConnection writer : writers) {
      assertTrue(writer.readHead().startsWith("http/1.1 200 "));
    }
    for (int i = 0; i < WRITERS; i++) {
      String range = i * BODY + "-" + (i * BODY + 7999);
      assertArrayEquals(part(i, 0, 8000), client.range(range).expect(206).body());
    }
  }

  private static final byte[] PATCH_END = "\r\n--b--\r\n".getBytes(StandardCharsets.US_ASCII);

  private static byte[] patchHead(int writer) {
    int first = writer * BODY;
    return "--b\r\nContent-Range: bytes %d-%d/*\r\n\r\n"
        .formatted(first, first + 7999)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Bodies that have to be held as a whole wait for each other, and in the end one gives up. */
  @Test
  void bodiesThatAreHeldAsAWholeHaveABound() throws IOException {
    try (TestService small =
        TestService.start(
            TestService.MEMORY_1_MIB, "loops=1", "queue.dma_arena=1MiB", "http.wait_ms=1")) {
      Client patient = small.client(HttpVersion.HTTP_2);
      RawConnection holder = small.raw();
      holder.head(
          "PATCH " + Client.DATA + " HTTP/1.1",
          "Content-Type: multipart/byteranges; boundary=b",
          "Content-Length: " + (512 << 10));
      holder.send(patchHead(0));
      Await.until("it has begun", () -> small.metric("doorbell_http_data_requests_active") == 1);
      Answer refused = patient.put(new byte[BLOCK], "Content-Range", "bytes 0-511/*");
      refused.expect(204);
      String digest = "crc32c=:yUaALQ==:";
      refused =
          patient.put(new byte[BLOCK], "Content-Range", "bytes 0-511/*", "Content-Digest", digest);
      assertEquals("1", refused.expect(503).header("retry-after"));
      holder.abort();
      small.awaitIdle();
    }
  }

  private void assertOthersAreServed() {
    Await.until(
        "all writers have begun",
        () -> service.metric("doorbell_http_data_requests_active") == WRITERS);
    Await.until(
        "what can be written is", () -> service.metric("doorbell_dma_arena_used_bytes") == 0);
    double held = service.metric("doorbell_http_body_bytes");
    assertTrue(held > 0 && held <= ARENA / 2 + WRITERS * 2 * BLOCK, held + " bytes are held");
    int free = 30 << 20;
    byte[] mine = Seeded.bytes(4, 1 << 20);
    String range = free + "-" + (free + mine.length - 1);
    for (int i = 0; i < 10; i++) {
      client.put(mine, "Content-Range", "bytes " + range + "/*").expect(204);
      assertArrayEquals(mine, client.range(range).expect(206).body());
    }
  }
}
