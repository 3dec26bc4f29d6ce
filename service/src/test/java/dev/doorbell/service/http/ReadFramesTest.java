package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.vertx.core.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers to reads as the frames of HTTP/2 that a client sees. */
class ReadFramesTest {
  private static final int BOTH = Http2Wire.END_STREAM | Http2Wire.END_HEADERS;
  private static final int ACK = 1;
  private static final int PRIORITY = 0x20;
  private static final int PRIORITY_BYTES = 5;
  private static final int HEADER_TABLE_SIZE = 1;
  private static final int MAX_FRAME_SIZE = 5;
  private static final byte[] BYTES = Seeded.bytes(7, 256 << 10);

  private TestService service;

  @BeforeEach
  void start() {
    service = TestService.start("emulated:memory?size=1MiB&lba_size=512");
    try (Client client = service.client(HttpVersion.HTTP_2)) {
      client.put(BYTES, "Content-Range", "bytes 0-262143/*").expect(204);
    }
  }

  @AfterEach
  void stop() {
    service.awaitIdle();
    service.close();
  }

  private static void read(Http2Wire wire, int stream, int first, int end) {
    wire.request(BOTH, stream, "GET", Client.DATA, "range", "bytes=" + first + "-" + (end - 1));
  }

  private static void window(Http2Wire wire, int stream, int bytes) {
    byte[] payload = ByteBuffer.allocate(4).putInt(bytes).array();
    wire.frame(Http2FrameTypes.WINDOW_UPDATE, 0, stream, payload);
  }

  private static void setting(Http2Wire wire, int name, int value) {
    byte[] payload = ByteBuffer.allocate(6).putShort((short) name).putInt(value).array();
    wire.frame(Http2FrameTypes.SETTINGS, 0, 0, payload);
  }

  private static void expectData(Http2Wire wire, int from, int length, boolean last)
      throws IOException {
    Http2Wire.Frame frame = wire.next(Http2FrameTypes.DATA);
    assertArrayEquals(Arrays.copyOfRange(BYTES, from, from + length), frame.payload());
    assertEquals(last ? Http2Wire.END_STREAM : 0, frame.flags());
  }

  @Test
  void aBodyComesAsTheWindowOpens() throws IOException {
    try (Http2Wire wire = new Http2Wire(service.raw()).open(1000)) {
      read(wire, 1, 700, 9700);
      wire.send();
      assertNotNull(wire.next(Http2FrameTypes.HEADERS));
      expectData(wire, 700, 1000, false);
      window(wire, 1, 1);
      wire.send();
      expectData(wire, 1700, 1, false);
      window(wire, 1, 100_000);
      wire.send();
      expectData(wire, 1701, 7999, true);
    }
  }

  @Test
  void aBodyThatExactlyFillsTheWindowEnds() throws IOException {
    try (Http2Wire wire = new Http2Wire(service.raw()).open(4096)) {
      read(wire, 1, 0, 4096);
      wire.send();
      assertNotNull(wire.next(Http2FrameTypes.HEADERS));
      expectData(wire, 0, 4096, true);
    }
  }

  @Test
  void framesAreNoLongerThanTheClientTakes() throws IOException {
    try (Http2Wire wire = new Http2Wire(service.raw()).open(1 << 20)) {
      setting(wire, MAX_FRAME_SIZE, 20_000);
      read(wire, 1, 5, 50_005);
      wire.send();
      assertNotNull(wire.next(Http2FrameTypes.HEADERS));
      expectData(wire, 5, 20_000, false);
      expectData(wire, 20_005, 20_000, false);
      expectData(wire, 40_005, 10_000, true);
    }
  }

  /** With the window of the connection used up by one stream, another's head still comes. */
  @Test
  void aHeadDoesNotWaitForTheConnectionsWindow() throws IOException {
    try (Http2Wire wire = new Http2Wire(service.raw()).open(1 << 20)) {
      read(wire, 1, 0, 65_536);
      wire.send();
      int received = 0;
      while (received < 65_535) {
        received += wire.next(Http2FrameTypes.DATA).payload().length;
      }
      read(wire, 3, 0, 10);
      wire.send();
      assertEquals(3, wire.next(Http2FrameTypes.HEADERS).stream());
      wire.request(BOTH, 5, "GET", "/livez").send();
      assertEquals(5, wire.next(Http2FrameTypes.HEADERS).stream());
      window(wire, 0, 11);
      wire.send();
      ByteArrayOutputStream rest = new ByteArrayOutputStream();
      while (rest.size() < 11) {
        rest.write(wire.next(Http2FrameTypes.DATA).payload());
      }
    }
  }

  /** RFC 7541, 4.2: the first block after a table was made smaller has to say so. */
  @Test
  void headsFollowTheClientsTableWhoeverEncodesThem() throws IOException, Http2Exception {
    DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true);
    try (Http2Wire wire = new Http2Wire(service.raw()).open(1 << 20)) {
      wire.send();
      awaitAcknowledgement(wire);
      int stream = 1;
      for (int size : new int[] {4096, 0, 256, 100, 8192, 4096}) {
        setting(wire, HEADER_TABLE_SIZE, size);
        wire.send();
        awaitAcknowledgement(wire);
        decoder.maxHeaderTableSize(size);
        for (int i = 0; i < 3; i++) {
          read(wire, stream, i, i + 1);
          wire.send();
          Http2Headers headers = decode(decoder, wire.next(Http2FrameTypes.HEADERS));
          assertEquals("bytes " + i + "-" + i + "/1048576", text(headers, "content-range"));
          expectData(wire, i, 1, true);
          stream += 2;
          wire.request(BOTH, stream, "HEAD", Client.DATA).send();
          headers = decode(decoder, wire.next(Http2FrameTypes.HEADERS));
          assertEquals("1048576", text(headers, "content-length"));
          stream += 2;
        }
      }
    }
  }

  @Test
  void aStreamThatIsResetWhileItsBodyWaitsGivesItsMemoryBack() throws IOException {
    try (Http2Wire wire = new Http2Wire(service.raw()).open(0)) {
      for (int stream = 1; stream < 41; stream += 2) {
        read(wire, stream, 0, 200_000);
      }
      wire.send();
      for (int stream = 1; stream < 41; stream += 2) {
        assertNotNull(wire.next(Http2FrameTypes.HEADERS));
      }
      assertTrue(service.metric("doorbell_dma_arena_used_bytes") > 0);
      for (int stream = 1; stream < 41; stream += 2) {
        wire.frame(Http2FrameTypes.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
      }
      wire.send();
      service.awaitIdle();
      Await.until("no memory is held", () -> service.metric("doorbell_dma_arena_used_bytes") == 0);
      read(wire, 41, 100, 110);
      window(wire, 41, 10);
      wire.send();
      Http2Wire.Frame next = wire.next();
      assertEquals(Http2FrameTypes.HEADERS, next.type(), "resets are not answered with resets");
      assertEquals(41, next.stream());
      expectData(wire, 100, 10, true);
    }
  }

  @Test
  void bothVersionsSayTheSame() {
    try (Client first = service.client(HttpVersion.HTTP_1_1);
        Client second = service.client(HttpVersion.HTTP_2)) {
      for (String range : new String[] {"0-99", "1000-", "-5"}) {
        Answer one = first.range(range).expect(206);
        Answer two = second.range(range).expect(206);
        assertArrayEquals(one.body(), two.body());
        assertEquals(fields(one), fields(two));
      }
      assertEquals(
          fields(first.get(Client.DATA).expect(200)), fields(second.get(Client.DATA).expect(200)));
    }
  }

  private static TreeMap<String, String> fields(Answer answer) {
    TreeMap<String, String> fields = new TreeMap<>();
    answer.headers().forEach((name, value) -> fields.put(name.toLowerCase(), value));
    assertNotNull(fields.remove("date"));
    return fields;
  }

  private static void awaitAcknowledgement(Http2Wire wire) throws IOException {
    Http2Wire.Frame settings = wire.next(Http2FrameTypes.SETTINGS);
    while ((settings.flags() & ACK) == 0) {
      settings = wire.next(Http2FrameTypes.SETTINGS);
    }
  }

  private static Http2Headers decode(DefaultHttp2HeadersDecoder decoder, Http2Wire.Frame frame)
      throws Http2Exception {
    ByteBuf block = Unpooled.wrappedBuffer(frame.payload());
    if ((frame.flags() & PRIORITY) != 0) {
      block.skipBytes(PRIORITY_BYTES);
    }
    return decoder.decodeHeaders(frame.stream(), block);
  }

  private static String text(Http2Headers headers, String name) {
    return headers.get(name).toString();
  }
}
