package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Many extents written by one request. */
class PatchTest {
  private static final int CAPACITY = 4 << 20;
  private static final String BOUNDARY = "gc0p4Jq0M2Yt08jU534c0p";
  private static final String TYPE = "multipart/byteranges; boundary=" + BOUNDARY;

  private final byte[] model = new byte[CAPACITY];
  private TestService service;
  private Client client;

  @BeforeEach
  void start() {
    start("loops=1");
  }

  private void start(String... settings) {
    if (service != null) {
      service.close();
    }
    service = TestService.start("emulated:memory?size=4MiB&lba_size=512", settings);
    client = service.client(HttpVersion.HTTP_2);
  }

  @AfterEach
  void stop() {
    service.awaitIdle();
    assertArrayEquals(model, service.client(HttpVersion.HTTP_2).get(Client.DATA).body());
    service.close();
  }

  private record Part(String range, byte[] bytes) {}

  private static Part part(long offset, byte[] bytes) {
    return new Part("bytes " + offset + "-" + (offset + bytes.length - 1) + "/*", bytes);
  }

  private static byte[] body(List<Part> parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Part part : parts) {
      String head =
          "\r\n--%s\r\nContent-Type: application/octet-stream\r\nContent-Range: %s\r\n\r\n"
              .formatted(BOUNDARY, part.range());
      out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(part.bytes());
    }
    out.writeBytes(("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  private Answer patch(byte[] body, String... headers) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Content-Type";
    all[headers.length + 1] = TYPE;
    return Client.await(client.requestAsync(HttpMethod.PATCH, Client.DATA, body, all));
  }

  private void wrote(long offset, byte[] bytes) {
    System.arraycopy(bytes, 0, model, (int) offset, bytes.length);
  }

  private double count(String metric, String operation) {
    return service.metric("doorbell_block_" + metric, "operation=\"" + operation + "\"");
  }

  /** Extents that do not overlap, in any order, each of any alignment. */
  private List<Part> random(Random random, int count) {
    List<Part> parts = new ArrayList<>();
    List<Integer> slots = new ArrayList<>();
    int slot = CAPACITY / 64;
    for (int i = 0; i < 64; i++) {
      slots.add(i);
    }
    java.util.Collections.shuffle(slots, random);
    for (int i = 0; i < count; i++) {
      int length = 1 + random.nextInt(random.nextBoolean() ? 700 : 40_000);
      int offset = slots.get(i) * slot + random.nextInt(slot - length);
      if (random.nextBoolean()) {
        offset &= -512;
        length = (length + 511) & -512;
      }
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      parts.add(part(offset, bytes));
    }
    return parts;
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void everyPartLandsWhereItSays(HttpVersion version) {
    client = service.client(version);
    Random random = Seeded.random("parts of one request");
    for (int i = 0; i < 25; i++) {
      List<Part> parts = random(random, 1 + random.nextInt(40));
      JsonArray extents = new JsonArray();
      for (Part part : parts) {
        long offset = ContentRangeHeader.parse(part.range()).first();
        wrote(offset, part.bytes());
        extents.add(
            new JsonObject()
                .put("offset", offset)
                .put("length", part.bytes().length)
                .put("outcome", "written"));
      }
      Answer answer = patch(body(parts)).expect(200);
      assertEquals(extents, answer.json().getJsonArray("extents"));
      assertEquals("durability=durable", answer.header("preference-applied"));
      assertEquals("application/json", answer.header("content-type"));
      assertEquals("no-store", answer.header("cache-control"));
    }
  }

  @Test
  void aBodyInPiecesOfOneByteIsTheSame() {
    byte[] bytes = ("\r\n--" + BOUNDARY + "\r\nx--\n").getBytes(StandardCharsets.US_ASCII);
    byte[] body = body(List.of(part(100, bytes), part(5000, bytes)));
    client = service.client(HttpVersion.HTTP_1_1);
    HttpClientRequest request = client.begin(HttpMethod.PATCH, Client.DATA, "Content-Type", TYPE);
    request.setChunked(true);
    for (byte b : body) {
      Client.await(request.write(Buffer.buffer(new byte[] {b})));
    }
    int status =
        Client.await(request.end().compose(v -> request.response()).map(r -> r.statusCode()));
    assertEquals(200, status);
    wrote(100, bytes);
    wrote(5000, bytes);
  }

  @Test
  void adjacentBlocksAreWrittenByOneCommandAndSeveralCommandsFlushedOnce() {
    double done = count("operations_total", "write");
    double merged = count("merged_total", "write");
    double flushes = count("operations_total", "flush");
    List<Part> parts = new ArrayList<>();
    for (int i = 15; i >= 0; i--) {
      byte[] bytes = Seeded.bytes(i, 4096);
      parts.add(part(8192 + i * 4096, bytes));
      wrote(8192 + i * 4096, bytes);
    }
    patch(body(parts)).expect(200);
    assertEquals(done + 16, count("operations_total", "write"));
    assertEquals(merged + 15, count("merged_total", "write"));
    assertEquals(flushes + 1, count("operations_total", "flush"));
  }

  @Test
  void aVolatilePatchIsNotFlushed() {
    double flushes = count("operations_total", "flush");
    byte[] bytes = Seeded.bytes(1, 512);
    Answer answer =
        patch(body(List.of(part(0, bytes), part(2048, bytes))), "Prefer", "durability=volatile");
    assertEquals("durability=volatile", answer.expect(200).header("preference-applied"));
    assertEquals(flushes, count("operations_total", "flush"));
    wrote(0, bytes);
    wrote(2048, bytes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes 0-511/*      | bytes 4193792-4194304/* | 1 | does not lie within the 4194304 bytes",
        "bytes 0-511/*      | bytes 511-1022/*        | 1 | part 0 and part 1 both write byte 511",
        "bytes 600-1111/*   | bytes 99-610/*          | 1 | part 0 and part 1 both write byte 600",
        "bytes 0-511/7      | bytes 1024-1535/*       | 0 | says that 7 bytes are complete",
        "bytes 0-x/*        | bytes 1024-1535/*       |   | part 0: Content-Range 'bytes 0-x/*' is malformed",
        "bytes 0-510/*      | bytes 1024-1535/*       |   | part 0: the part is longer than its Content-Range says",
        "bytes 0-511/*      | bytes 1024-1600/*       |   | part 1: the body ends",
      })
  void anythingWrongChangesNothingAtAll(String first, String second, Integer extent, String why) {
    byte[] bytes = Seeded.bytes(3, 512);
    byte[] body = body(List.of(new Part(first, bytes), new Part(second, bytes)));
    JsonObject problem = patch(body).problem(400);
    assertTrue(problem.getString("detail").contains(why), problem::encode);
    assertTrue(problem.getString("detail").endsWith("nothing was written"), problem::encode);
    assertEquals(extent, problem.getInteger("extent"));
    assertNull(problem.getJsonArray("extents"));
  }

  @ParameterizedTest
  @CsvSource({
    "'', ends without its last delimiter",
    "'--b--', ends without its last delimiter",
    "'\r\n--gc0p4Jq0M2Yt08jU534c0p\r\n\r\n', has no Content-Range",
    "'\r\n--gc0p4Jq0M2Yt08jU534c0p\r\nfoo\r\n', is no header field",
  })
  void aBodyThatIsNoMultipartIsRefused(String body, String why) {
    JsonObject problem = patch(body.getBytes(StandardCharsets.US_ASCII)).problem(400);
    assertTrue(problem.getString("detail").contains(why), problem::encode);
  }

  @Test
  void anotherTypeIsRefusedWithTheOneThatIsTaken() {
    for (String[] headers :
        new String[][] {
          {},
          {"Content-Type", "application/json"},
          {"Content-Type", "multipart/byteranges"},
          {"Content-Type", "multipart/byteranges; boundary="},
        }) {
      Answer answer =
          Client.await(
              client.requestAsync(
                  HttpMethod.PATCH, Client.DATA, body(List.of(part(0, new byte[1]))), headers));
      answer.problem(415);
      assertEquals("multipart/byteranges", answer.header("accept-patch"));
    }
  }

  @Test
  void theBoundaryMayBeQuoted() {
    byte[] bytes = Seeded.bytes(3, 10);
    Client.await(
            client.requestAsync(
                HttpMethod.PATCH,
                Client.DATA,
                body(List.of(part(3, bytes))),
                "Content-Type",
                "Multipart/ByteRanges; charset=x; Boundary=\"" + BOUNDARY + "\""))
        .expect(200);
    wrote(3, bytes);
  }

  @Test
  void aBodyLargerThanWhatIsHeldInMemoryIsRefusedBeforeOrWhileItComes() {
    start("loops=1", "http.max_buffered=64KiB");
    byte[] body = body(List.of(part(0, Seeded.bytes(4, 65_536))));
    assertEquals(65_536, patch(body).problem(413).getInteger("limit"));
    HttpClientRequest request = client.begin(HttpMethod.PATCH, Client.DATA, "Content-Type", TYPE);
    int status =
        Client.await(
            request
                .end(Buffer.buffer(body))
                .compose(v -> request.response())
                .map(r -> r.statusCode()));
    assertEquals(413, status);
  }

  @Test
  void takes1024PartsAndNoMore() {
    start("loops=1", "http.unaligned_writes=false", "queue.dma_arena=16MiB");
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < PatchedExtents.MOST; i++) {
      byte[] bytes = Seeded.bytes(i, 512);
      parts.add(part(i * 1024L, bytes));
      wrote(i * 1024L, bytes);
    }
    patch(body(parts)).expect(200);
    parts.add(part(2 << 20, new byte[512]));
    assertEquals(PatchedExtents.MOST, patch(body(parts)).problem(413).getInteger("limit"));
  }

  @Test
  void unalignedPartsAreRefusedWhereUnalignedWritesAre() {
    start("loops=1", "http.unaligned_writes=false");
    JsonObject problem =
        patch(body(List.of(part(0, new byte[512]), part(1024, new byte[100])))).problem(400);
    assertEquals(1, problem.getInteger("extent"));
    assertEquals(512, problem.getInteger("block_size"));
  }

  @Test
  void aClientThatGoesAwayBeforeTheEndChangesNothing() {
    byte[] body = body(List.of(part(0, Seeded.bytes(5, 4096)), part(8192, Seeded.bytes(6, 4096))));
    HttpClientRequest request = client.begin(HttpMethod.PATCH, Client.DATA, "Content-Type", TYPE);
    request.setChunked(true);
    Client.await(request.write(Buffer.buffer(Arrays.copyOf(body, body.length - 6))));
    Await.until(
        "the patch is in progress",
        () -> service.metric("doorbell_http_data_requests_active") == 1);
    request.reset();
    service.awaitIdle();
  }
}
