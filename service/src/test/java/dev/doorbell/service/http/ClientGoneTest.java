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

/** Clients that go away in the middle leave nothing behind: no memory, no request, no harm. */
class ClientGoneTest {
  private static final int CAPACITY = 64 << 20;
  private static final String DRIVE = "emulated:memory?size=64MiB&lba_size=512";
  private static final String WHOLE = "Content-Range: bytes 0-67108863/*";

  private TestService service;

  @BeforeEach
  void start() {
    service = TestService.start(DRIVE);
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private void awaitActive(int n) {
    Await.until(
        n + " data requests are in progress",
        () -> service.metric("doorbell_http_data_requests_active") == n);
  }

  private void assertServes() {
    service.awaitIdle();
    byte[] body = Seeded.bytes(1, 4096);
    Client client = service.client(HttpVersion.HTTP_2);
    client.put(body, "Content-Range", "bytes 513-4608/*").expect(204);
    assertArrayEquals(body, client.range("513-4608").expect(206).body());
    service.awaitIdle();
  }

  @Test
  void aReaderThatDies() throws IOException {
    for (int i = 0; i < 5; i++) {
      RawConnection raw = service.raw();
      raw.head("GET " + Client.DATA + " HTTP/1.1");
      assertTrue(raw.readHead().startsWith("http/1.1 200 "));
      assertEquals(100_000, raw.read(100_000).length);
      awaitActive(1);
      raw.abort();
      service.awaitIdle();
    }
    assertServes();
  }

  @Test
  void aReaderThatClosesInGoodOrder() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head("GET " + Client.DATA + " HTTP/1.1");
      assertTrue(raw.readHead().startsWith("http/1.1 200 "));
      awaitActive(1);
    }
    assertServes();
  }

  @Test
  void aReaderThatSaysNothingHoldsNoMoreThanItsWindow() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head("GET " + Client.DATA + " HTTP/1.1");
      raw.readHead();
      awaitActive(1);
      // Queue of 2 commands of 128 KiB each, the default.
      assertTrue(service.metric("doorbell_dma_arena_used_bytes") <= 2 * (128 << 10));
      assertArrayEquals(new byte[1 << 20], raw.read(1 << 20));
      assertTrue(service.metric("doorbell_dma_arena_used_bytes") <= 2 * (128 << 10));
    }
    assertServes();
  }

  @Test
  void anHttp2ReaderThatResetsItsStream() {
    Client client = service.client(HttpVersion.HTTP_2);
    for (int i = 0; i < 5; i++) {
      HttpClientRequest request = client.begin(HttpMethod.GET, Client.DATA);
      request.end();
      Client.await(
          request
              .response()
              .map(
                  response -> {
                    response.pause();
                    return response.statusCode();
                  }));
      awaitActive(1);
      Client.await(request.reset(8));
      service.awaitIdle();
    }
    assertServes();
  }

  @Test
  void anHttp2ConnectionThatClosesUnderItsReaders() {
    Client client = service.client(HttpVersion.HTTP_2);
    HttpClientRequest last = null;
    for (int i = 0; i < 8; i++) {
      last = client.begin(HttpMethod.GET, Client.DATA);
      last.end();
      Client.await(last.response().map(response -> response.pause().statusCode()));
    }
    awaitActive(8);
    last.connection().close();
    client.close();
    assertServes();
  }

  @Test
  void aWriterThatDies() throws IOException {
    for (int i = 0; i < 5; i++) {
      RawConnection raw = service.raw();
      raw.head("PUT " + Client.DATA + " HTTP/1.1", WHOLE, "Content-Length: " + CAPACITY);
      raw.send(new byte[700_000 + i]);
      awaitActive(1);
      raw.abort();
      service.awaitIdle();
    }
    assertServes();
  }

  @Test
  void aWriterThatDiesInTheMiddleOfAChunk() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head("PUT " + Client.DATA + " HTTP/1.1", WHOLE, "Transfer-Encoding: chunked");
      raw.chunk(new byte[300_000]).send(new byte[] {'f', 'f', '\r', '\n', 1, 2, 3});
      awaitActive(1);
      raw.abort();
    }
    assertServes();
  }

  @Test
  void anHttp2WriterThatResetsItsStream() {
    Client client = service.client(HttpVersion.HTTP_2);
    for (int i = 0; i < 5; i++) {
      HttpClientRequest request =
          client.begin(HttpMethod.PUT, Client.DATA, "Content-Range", "bytes 0-67108863/*");
      request.setChunked(true);
      Client.await(request.write(Buffer.buffer(new byte[300_000 + i])));
      awaitActive(1);
      Client.await(request.reset(8));
      service.awaitIdle();
    }
    assertServes();
  }

  /** What was not finished was not acknowledged, and a write held back was not done. */
  @Test
  void aSmallWriteWhoseClientDiesIsNotDone() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head(
          "PUT " + Client.DATA + " HTTP/1.1",
          "Content-Range: bytes 0-4095/*",
          "Content-Length: 4096");
      raw.send(Seeded.bytes(2, 4000));
      awaitActive(1);
      raw.abort();
    }
    service.awaitIdle();
    byte[] read = service.client(HttpVersion.HTTP_2).range("0-4095").expect(206).body();
    assertArrayEquals(new byte[4096], read);
    assertServes();
  }
}
