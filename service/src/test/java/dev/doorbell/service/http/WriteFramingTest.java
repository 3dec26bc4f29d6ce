package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bodies that come in pieces, late, or not at all. */
class WriteFramingTest {
  private static final int CAPACITY = 1 << 20;
  private static final int COMMAND = 128 << 10;
  private static final String PUT = "PUT " + Client.DATA + " HTTP/1.1";

  private final byte[] model = new byte[CAPACITY];
  private TestService service;

  @BeforeEach
  void start() {
    service = TestService.start(TestService.MEMORY_1_MIB);
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private void assertDriveIsAsExpected() {
    service.awaitIdle();
    assertArrayEquals(model, service.client(HttpVersion.HTTP_2).get(Client.DATA).body());
  }

  private void wrote(int offset, byte[] bytes) {
    System.arraycopy(bytes, 0, model, offset, bytes.length);
  }

  private double writes() {
    return service.metric("doorbell_block_operations_total", "operation=\"write\"");
  }

  @Test
  void asksForTheBodyOfARequestThatExpectsToBeAsked() throws IOException {
    byte[] body = Seeded.bytes(1, 3000);
    try (RawConnection raw = service.raw()) {
      raw.head(
          PUT,
          "Expect: 100-continue",
          "Content-Range: bytes 100-3099/3000",
          "Content-Length: 3000");
      assertTrue(raw.readHead().startsWith("http/1.1 100 "));
      raw.send(body);
      assertTrue(raw.readHead().startsWith("http/1.1 204 "));
    }
    wrote(100, body);
    assertDriveIsAsExpected();
  }

  /** As curl 7.88 does it; see {@link Expectations}. */
  @Test
  void anUpgradeThatWaitsToBeAskedForItsBodyEndsAndChangesNothing() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head(
          PUT,
          "Expect: 100-continue",
          "Content-Range: bytes 0-4095/*",
          "Content-Length: 4096",
          "Connection: Upgrade, HTTP2-Settings",
          "Upgrade: h2c",
          "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA");
      assertTrue(raw.readHead().startsWith("http/1.1 101 "));
      raw.readToEnd();
    }
    assertDriveIsAsExpected();
  }

  @Test
  void refusesWithoutAskingForTheBody() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head(PUT, "Expect: 100-continue", "Content-Length: 3000");
      assertTrue(raw.readHead().startsWith("http/1.1 400 "));
    }
    assertDriveIsAsExpected();
  }

  @Test
  void aRefusedBodyDoesNotHarmTheRequestBehindIt() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head(PUT, "Content-Length: 300000");
      raw.send(new byte[300_000]);
      raw.head("GET /livez HTTP/1.1");
      String refused = raw.readHead();
      assertTrue(refused.startsWith("http/1.1 400 "), refused);
      raw.read(contentLength(refused));
      assertTrue(raw.readHead().startsWith("http/1.1 200 "));
    }
    assertDriveIsAsExpected();
  }

  @Test
  void takesABodyByteByByteAcrossCommands() throws IOException {
    byte[] body = Seeded.bytes(2, COMMAND + 700);
    try (RawConnection raw = service.raw()) {
      raw.head(PUT, "Content-Range: bytes 1000-132771/*", "Transfer-Encoding: chunked");
      int sent = 0;
      for (int length = 1; sent < body.length; length = length * 2 + 1) {
        int n = Math.min(length, body.length - sent);
        raw.chunk(java.util.Arrays.copyOfRange(body, sent, sent + n));
        sent += n;
      }
      raw.lastChunk();
      assertTrue(raw.readHead().startsWith("http/1.1 204 "));
    }
    wrote(1000, body);
    assertDriveIsAsExpected();
  }

  /** nbdkit's range is one longer than its body, so nothing but the body's end tells the end. */
  @Test
  void acknowledgesABodyThatEndsWithACommandAfterThatCommandIsDone() throws IOException {
    byte[] body = Seeded.bytes(3, COMMAND);
    try (RawConnection raw = service.raw()) {
      raw.head(PUT, "Content-Range: bytes 0-131072/-1", "Transfer-Encoding: chunked");
      raw.chunk(body);
      Await.until("the command has completed", () -> writes() == 1);
      raw.lastChunk();
      assertTrue(raw.readHead().startsWith("http/1.1 204 "));
    }
    wrote(0, body);
    assertDriveIsAsExpected();
  }

  @Test
  void aConnectionThatEndsBeforeItsShortBodyChangesNothing() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head(PUT, "Content-Range: bytes 0-4095/*", "Content-Length: 4096");
      raw.send(Seeded.bytes(4, 4095));
      Await.until(
          "the write is in progress",
          () -> service.metric("doorbell_http_data_requests_active") == 1);
      raw.endOutput();
      raw.readToEnd();
    }
    assertDriveIsAsExpected();
  }

  @Test
  void anHttp2StreamThatEndsBeforeItsContentLengthIsNotAcknowledged() {
    Client client = service.client(HttpVersion.HTTP_2);
    HttpClientRequest request =
        client.begin(
            HttpMethod.PUT,
            Client.DATA,
            "Content-Range",
            "bytes 0-4095/*",
            "Content-Length",
            "4096");
    request.end(Buffer.buffer(Seeded.bytes(5, 4095)));
    Integer status =
        Client.await(request.response().map(r -> r.statusCode()).recover(e -> succeeded(0)));
    assertTrue(status == 0 || status == 400, () -> "status " + status);
    assertDriveIsAsExpected();
  }

  private static io.vertx.core.Future<Integer> succeeded(int value) {
    return io.vertx.core.Future.succeededFuture(value);
  }

  @Test
  void aLongBodyThatTurnsOutTooShortSaysHowMuchHasBeenWritten() throws IOException {
    byte[] body = Seeded.bytes(6, 2 * COMMAND);
    try (RawConnection raw = service.raw()) {
      raw.head(PUT, "Content-Range: bytes 0-999999/*", "Transfer-Encoding: chunked");
      raw.chunk(body).lastChunk();
      String head = raw.readHead();
      assertTrue(head.startsWith("http/1.1 400 "), head);
      Answer answer =
          new Answer(
              400, io.vertx.core.MultiMap.caseInsensitiveMultiMap(), raw.read(contentLength(head)));
      int written = answer.json().getInteger("bytes_written");
      assertEquals(2 * COMMAND, written);
      wrote(0, body);
    }
    assertDriveIsAsExpected();
  }

  private static int contentLength(String head) {
    String name = "content-length: ";
    int begin = head.indexOf(name) + name.length();
    return Integer.parseInt(head.substring(begin, head.indexOf('\r', begin)));
  }
}
