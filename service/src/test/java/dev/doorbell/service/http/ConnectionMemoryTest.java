package dev.doorbell.service.http;

import static io.netty.handler.codec.http2.Http2FrameTypes.DATA;
import static io.netty.handler.codec.http2.Http2FrameTypes.WINDOW_UPDATE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** However many streams it has, a connection holds no more than a bound, and what is over waits. */
class ConnectionMemoryTest {
  private static final int MIB = 1 << 20;
  private static final int BOUND = MIB / 2;
  private static final int COMMAND = 128 << 10;
  private static final int STREAMS = 100;
  private static final String POLICY = "/v1/namespaces/nvme0n1/policy";

  private final byte[] content = Seeded.bytes(5, 8 * MIB);
  private TestService service;
  private Client client;

  @BeforeEach
  void start() {
    service =
        TestService.start(
            "emulated:memory?size=8MiB&lba_size=512",
            "loops=1",
            "http.connection_memory=512KiB",
            "http.wait_ms=60000");
    client = service.client(HttpVersion.HTTP_2);
  }

  @AfterEach
  void stop() {
    service.awaitIdle();
    service.close();
  }

  private void limit(int bytesPerSecond) {
    JsonObject policy = new JsonObject().put("bytes_per_second", bytesPerSecond);
    client.send(HttpMethod.PUT, POLICY, policy.encode()).expect(200);
  }

  /** At a byte per second one write uses up minutes. */
  private void stopWrites() {
    limit(1);
    client.put(new byte[512], "Content-Range", "bytes 0-511/*").expect(204);
  }

  private void assertBounded() {
    double used = service.metric("doorbell_dma_arena_used_bytes");
    assertTrue(used > 0 && used <= BOUND, used + " bytes are held");
  }

  @Test
  void writesThatTheDriveIsSlowWith() {
    stopWrites();
    List<Future<Answer>> writes = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      String range = "bytes %d-%d/*".formatted(i * COMMAND, (i + 1) * COMMAND - 1);
      byte[] body = Arrays.copyOfRange(content, i * COMMAND, (i + 1) * COMMAND);
      writes.add(client.putAsync(body, "Content-Range", range));
    }
    Await.until("all have begun", () -> service.metric("doorbell_http_data_requests_active") == 64);
    assertBounded();
    limit(0);
    writes.forEach(write -> Client.await(write).expect(204));
    assertArrayEquals(content, client.range("0-" + (content.length - 1)).expect(206).body());
  }

  @Test
  void writesWhoseClientGoesWhileTheyWait() throws IOException {
    stopWrites();
    try (Client other = new Client(service.port(), HttpVersion.HTTP_2)) {
      for (int i = 0; i < 20; i++) {
        String range = "bytes %d-%d/*".formatted(i * COMMAND, (i + 1) * COMMAND - 1);
        other.putAsync(new byte[COMMAND], "Content-Range", range);
      }
      Await.until(
          "all have begun", () -> service.metric("doorbell_http_data_requests_active") == 20);
      assertBounded();
    }
    limit(0);
    service.awaitIdle();
    client.put(content).expect(204);
  }

  /** One of them is read after all, and gets every byte although the others hold what there is. */
  @ParameterizedTest
  @CsvSource({"bytes=0-", "'bytes=0-,5-'"})
  void answersThatTheirStreamsStall(String range) throws IOException {
    client.put(content).expect(204);
    try (Http2Wire wire = new Http2Wire(service.raw()).open(0)) {
      wire.frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(1 << 30).array());
      for (int i = 0; i < STREAMS; i++) {
        int flags = Http2Wire.END_STREAM | Http2Wire.END_HEADERS;
        wire.request(flags, 2 * i + 1, "GET", Client.DATA, "range", range);
      }
      wire.send();
      Await.until(
          "all have begun", () -> service.metric("doorbell_http_data_requests_active") == STREAMS);
      Await.until(
          "no command is under way", () -> service.metric("doorbell_nvme_inflight_commands") == 0);
      assertBounded();
      int stream = 2 * STREAMS - 1;
      byte[] window = ByteBuffer.allocate(4).putInt(1 << 30).array();
      wire.frame(WINDOW_UPDATE, 0, stream, window).send();
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      while (body.size() < content.length) {
        Http2Wire.Frame frame = wire.next(DATA);
        if (frame.stream() == stream) {
          body.write(frame.payload());
        }
      }
      int begin = range.contains(",") ? body.toString("ISO-8859-1").indexOf("\r\n\r\n") + 4 : 0;
      assertArrayEquals(
          Arrays.copyOf(content, content.length - begin),
          Arrays.copyOfRange(body.toByteArray(), begin, content.length));
    }
  }
}
