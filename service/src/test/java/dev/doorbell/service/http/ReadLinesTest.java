package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers to reads over HTTP/1.x as a client sees them on its connection. */
class ReadLinesTest {
  private static final byte[] BYTES = Seeded.bytes(8, 64 << 10);
  private static final String PATH = Client.DATA;

  private TestService service;

  @BeforeEach
  void start() {
    service = TestService.start("emulated:memory?size=1MiB&lba_size=512");
    try (Client client = service.client(HttpVersion.HTTP_1_1)) {
      client.put(BYTES, "Content-Range", "bytes 0-65535/*").expect(204);
    }
  }

  @AfterEach
  void stop() {
    service.awaitIdle();
    service.close();
  }

  private static String request(String method, String version, int first, int end, String fields) {
    return "%s %s %s\r\nHost: localhost\r\nRange: bytes=%d-%d\r\n%s\r\n"
        .formatted(method, PATH, version, first, end - 1, fields);
  }

  private static void expect(RawConnection raw, int first, int end) throws IOException {
    raw.readPart(first, end, BYTES, 1 << 20);
  }

  /** Reads, refusals and management in one segment: each gets its own answer, in order. */
  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      all.append(request("GET", "HTTP/1.1", i, 100 + 7 * i, ""));
      all.append(request("GET", "HTTP/1.1", 2 << 20, 3 << 20, ""));
      all.append("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
      all.append(request("HEAD", "HTTP/1.1", 0, 1, ""));
      all.append(request("GET", "HTTP/1.1", 512 * i, 512 * i + 4096, ""));
    }
    try (RawConnection raw = service.raw()) {
      raw.send(all.toString());
      for (int i = 0; i < 50; i++) {
        expect(raw, i, 100 + 7 * i);
        expectBody(raw, 416);
        expectBody(raw, 200);
        assertTrue(raw.readHead().startsWith("http/1.1 200 ok\r\n"));
        expect(raw, 512 * i, 512 * i + 4096);
      }
    }
  }

  private static void expectBody(RawConnection raw, int status) throws IOException {
    String head = raw.readHead();
    assertTrue(head.startsWith("http/1.1 " + status + " "), head);
    String length = head.split("content-length: ")[1].split("\r\n")[0];
    raw.read(Integer.parseInt(length));
  }

  @Test
  void aConnectionIsClosedOnlyIfTheClientWantsIt() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.send(request("GET", "HTTP/1.1", 0, 512, ""));
      expect(raw, 0, 512);
      raw.send(request("GET", "HTTP/1.1", 512, 1024, "Connection: keep-alive\r\n"));
      expect(raw, 512, 1024);
      raw.send(request("GET", "HTTP/1.1", 5, 10, "Connection: close\r\n"));
      String head = raw.readHead();
      assertTrue(head.contains("connection: close\r\n"), head);
      assertArrayEquals(Arrays.copyOfRange(BYTES, 5, 10), raw.readToEnd());
    }
  }

  @Test
  void aClientOfHttp10GetsItsAnswerAndTheEnd() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.send(request("GET", "HTTP/1.0", 3, 700, ""));
      assertTrue(raw.readHead().contains("content-length: 697\r\n"));
      assertArrayEquals(Arrays.copyOfRange(BYTES, 3, 700), raw.readToEnd());
    }
  }

  @Test
  void anAnswerOfManyCommandsIsWhole() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.send("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      String head = raw.readHead();
      assertTrue(head.startsWith("http/1.1 200 ok\r\n"), head);
      assertTrue(head.contains("content-length: 1048576\r\n"), head);
      assertArrayEquals(BYTES, raw.read(BYTES.length));
      assertEquals((1 << 20) - BYTES.length, raw.read((1 << 20) - BYTES.length).length);
      raw.send(request("GET", "HTTP/1.1", 0, 10, ""));
      expect(raw, 0, 10);
    }
  }

  /** A client that goes with its answers half read does not mix up those of the next. */
  @Test
  void clientsThatGoLeaveNothingBehind() throws IOException {
    String many = request("GET", "HTTP/1.1", 0, 32768, "").repeat(200);
    for (int i = 0; i < 10; i++) {
      RawConnection gone = service.raw();
      gone.send(many);
      gone.read(100_000 * i / 10);
      gone.abort();
    }
    service.awaitIdle();
    Await.until("no memory is held", () -> service.metric("doorbell_dma_arena_used_bytes") == 0);
    try (RawConnection raw = service.raw()) {
      raw.send(request("GET", "HTTP/1.1", 0, 4096, "").repeat(16));
      for (int i = 0; i < 16; i++) {
        expect(raw, 0, 4096);
      }
    }
  }
}
