package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many reads on one HTTP/2 connection: they share its budget, and none waits for ever. */
class ManyStreamsTest {
  private static final String DRIVE = "emulated:memory?size=64MiB&lba_size=512";
  private static final int MIB = 1 << 20;
  private static final int STREAMS = 64;
  private static final int COMMAND = 128 << 10;
  private static final int FRAME_HEAD = Http2CodecUtil.FRAME_HEADER_LENGTH;

  private TestService service;

  @BeforeEach
  void start() {
    service = TestService.start(DRIVE);
  }

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void aClientThatDoesNotReadHoldsNoMoreThanTheBudgetAndThenGetsItAll()
      throws IOException, Http2Exception {
    try (RawConnection raw = service.raw()) {
      ask(raw);
      Await.until(
          "all streams are in progress",
          () -> service.metric("doorbell_http_data_requests_active") == STREAMS);
      Await.until(
          "the socket takes no more",
          () ->
              service.metric("doorbell_nvme_inflight_commands") == 0
                  && service.metric("doorbell_dma_arena_used_bytes") > 0);
      assertTrue(
          service.metric("doorbell_dma_arena_used_bytes") <= ReadBudget.BYTES + COMMAND,
          () -> service.metric("doorbell_dma_arena_used_bytes") + " bytes are held");

      int[] received = new int[2 * STREAMS + 1];
      for (int ended = 0; ended < STREAMS; ) {
        ByteBuffer head = ByteBuffer.wrap(raw.read(FRAME_HEAD));
        int length = (head.get() & 0xff) << 16 | head.getShort() & 0xffff;
        int type = head.get();
        int flags = head.get();
        int stream = head.getInt();
        assertEquals(length, raw.read(length).length);
        if (type == Http2FrameTypes.DATA) {
          received[stream] += length;
          ended += flags & 1;
        }
      }
      for (int i = 0; i < STREAMS; i++) {
        assertEquals(MIB, received[2 * i + 1], "bytes of stream " + (2 * i + 1));
      }
    }
    service.awaitIdle();
  }

  @Test
  void aClientThatIsGoneLeavesNoneWaiting() throws IOException, Http2Exception {
    for (int i = 0; i < 5; i++) {
      RawConnection raw = service.raw();
      ask(raw);
      Await.until(
          "all streams are in progress",
          () -> service.metric("doorbell_http_data_requests_active") == STREAMS);
      raw.abort();
      service.awaitIdle();
    }
  }

  @Test
  void streamsThatTheirReadersStallDoNotHoldUpAnother() {
    byte[] body = Seeded.bytes(1, 4 * MIB);
    Client client = service.client(HttpVersion.HTTP_2);
    client.put(body, "Content-Range", "bytes 0-4194303/*").expect(204);
    for (int i = 0; i < 16; i++) {
      HttpClientRequest stalled = client.begin(HttpMethod.GET, Client.DATA);
      stalled.end();
      Client.await(stalled.response().map(response -> response.pause().statusCode()));
    }
    for (int i = 0; i < 4; i++) {
      assertArrayEquals(body, client.range("0-4194303").expect(206).body());
    }
    client.close();
    service.awaitIdle();
  }

  /** So that it can open the window when it has seen what comes. */
  @Test
  void aClientWithoutAWindowGetsTheHead() throws IOException {
    try (Http2Wire wire = new Http2Wire(service.raw()).open(0)) {
      int flags = Http2Wire.END_STREAM | Http2Wire.END_HEADERS;
      wire.request(flags, 1, "GET", Client.DATA, "range", "bytes=0-99").send();
      assertEquals(1, wire.next(Http2FrameTypes.HEADERS).stream());
    }
    service.awaitIdle();
  }

  /** Prior knowledge, windows that never fill, and one read of 1 MiB on every stream. */
  private static void ask(RawConnection raw) throws IOException, Http2Exception {
    ByteBuf out = Unpooled.buffer();
    out.writeBytes(Http2CodecUtil.connectionPrefaceBuf());
    frame(out, Http2FrameTypes.SETTINGS, 0, 0, Unpooled.buffer().writeShort(4).writeInt(1 << 30));
    frame(out, Http2FrameTypes.WINDOW_UPDATE, 0, 0, Unpooled.buffer().writeInt(1 << 30));
    DefaultHttp2HeadersEncoder hpack = new DefaultHttp2HeadersEncoder();
    for (int i = 0; i < STREAMS; i++) {
      int stream = 2 * i + 1;
      Http2Headers headers =
          new DefaultHttp2Headers()
              .method("GET")
              .scheme("http")
              .authority("localhost")
              .path(Client.DATA)
              .set("range", "bytes=" + i * 4096 + "-" + (i * 4096 + MIB - 1));
      ByteBuf block = Unpooled.buffer();
      hpack.encodeHeaders(stream, headers, block);
      // END_STREAM and END_HEADERS.
      frame(out, Http2FrameTypes.HEADERS, 0x5, stream, block);
    }
    raw.send(ByteBufUtil.getBytes(out));
  }

  private static void frame(ByteBuf out, int type, int flags, int stream, ByteBuf payload) {
    out.writeMedium(payload.readableBytes()).writeByte(type).writeByte(flags).writeInt(stream);
    out.writeBytes(payload);
  }
}
