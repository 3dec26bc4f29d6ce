package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.handler.codec.http2.Http2FrameTypes;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A service with a connection of HTTP/2 that it has a template of, so that reads over it whose
 * fields are alike but for the range need not come to Vert.x.
 */
abstract class FrameReadsSetUp {
  static final int BOTH = Http2Wire.END_STREAM | Http2Wire.END_HEADERS;
  static final int MIB = 1 << 20;
  static final byte[] BYTES = Seeded.bytes(13, MIB);
  static final String SECOND = "/v1/namespaces/nvme1n1/data";
  static final String FAULTS = "/v1/controllers/nvme0/faults";
  static final String SLOW =
      "{\"fault\": \"delay\", \"opcode\": \"read\", \"first_lba\": 64, \"delay_ms\": 700,"
          + " \"count\": 0}";
  static final String UNDER_WAY = "doorbell_block_inflight_requests";
  static final int HEADER_TABLE_SIZE = 1;

  @TempDir Path directory;
  TestService service;
  Http2Wire wire;
  StreamAnswers answers;
  int next = 1;

  @BeforeEach
  void start() throws IOException {
    start("shutdown.grace_s=5");
  }

  void start(String... settings) throws IOException {
    service =
        TestService.start(
            "emulated:" + directory.resolve("disk.img") + "?size=1MiB&lba_size=512",
            Stream.concat(
                    Stream.of("emulated.fault_injection=true", "loops=1"), Stream.of(settings))
                .toArray(String[]::new));
    put(service);
    connect(1 << 20);
  }

  @AfterEach
  void stop() throws IOException {
    wire.close();
    service.close();
  }

  static void put(TestService to) {
    try (Client client = to.client(HttpVersion.HTTP_2)) {
      client.put(BYTES, "Content-Range", "bytes 0-1048575/*").expect(204);
    }
  }

  /** Opens a connection that has a template. */
  void connect(int window) throws IOException {
    wire = new Http2Wire(service.raw()).open(1 << 20);
    answers = new StreamAnswers(wire);
    next = 1;
    window(0, 1 << 30);
    expectRead(3, 700);
    setWindow(window);
  }

  void window(int stream, int bytes) throws IOException {
    byte[] payload = ByteBuffer.allocate(4).putInt(bytes).array();
    wire.frame(Http2FrameTypes.WINDOW_UPDATE, 0, stream, payload).send();
  }

  void setting(int name, int value) throws IOException {
    byte[] payload = ByteBuffer.allocate(6).putShort((short) name).putInt(value).array();
    wire.frame(Http2FrameTypes.SETTINGS, 0, 0, payload).send();
  }

  void setWindow(int bytes) throws IOException {
    setting(4, bytes);
  }

  int request(String method, String path, String... fields) {
    wire.request(BOTH, next, method, path, fields);
    next += 2;
    return next - 2;
  }

  int ask(String range) throws IOException {
    int stream = request("GET", Client.DATA, "range", range);
    wire.send();
    return stream;
  }

  int ask(int first, int end) throws IOException {
    return ask("bytes=" + first + "-" + (end - 1));
  }

  void expectPart(int stream, int first, int end) throws IOException {
    answers.of(stream).expectPart(first, end, BYTES, MIB);
  }

  void expectRead(int first, int end) throws IOException {
    expectPart(ask(first, end), first, end);
  }

  double repeated() {
    return service.metric("doorbell_http_repeated_reads_total");
  }

  void inject(String fault) {
    try (Client client = service.client(HttpVersion.HTTP_2)) {
      client.send(HttpMethod.POST, FAULTS, fault).expect(204);
    }
  }

  void awaitUnderWay(int reads) {
    Await.until(reads + " are under way", () -> service.metric(UNDER_WAY) == reads);
  }

  void expectAlive() throws IOException {
    wire.close();
    connect(1 << 20);
    double before = repeated();
    expectRead(1, 10);
    assertEquals(before + 1, repeated());
  }
}
