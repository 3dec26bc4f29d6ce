package dev.doorbell.service.http;

import static io.netty.handler.codec.http2.Http2FrameTypes.CONTINUATION;
import static io.netty.handler.codec.http2.Http2FrameTypes.DATA;
import static io.netty.handler.codec.http2.Http2FrameTypes.GO_AWAY;
import static io.netty.handler.codec.http2.Http2FrameTypes.HEADERS;
import static io.netty.handler.codec.http2.Http2FrameTypes.PING;
import static io.netty.handler.codec.http2.Http2FrameTypes.PRIORITY;
import static io.netty.handler.codec.http2.Http2FrameTypes.RST_STREAM;
import static io.netty.handler.codec.http2.Http2FrameTypes.SETTINGS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that make work instead of requests are sent away; nobody else notices. */
class FloodsTest {
  private static final int STREAMS = 20;
  private static final byte[] PING_DATA = new byte[8];

  /** What is refused in excess of the limits. */
  private enum Flood {
    RST,
    PINGS,
    PING_ACKS,
    SETTINGS_FRAMES,
    PRIORITIES,
    UNKNOWN,
    EMPTY_DATA,
    SPREAD_EMPTY_DATA,
    CONTINUATIONS
  }

  private TestService service;
  private Client other;

  @BeforeEach
  void start() {
    service =
        TestService.start(
            TestService.MEMORY_1_MIB, "loops=1", "http.connection_requests=" + STREAMS);
    other = service.client(HttpVersion.HTTP_2);
    other.range("0-511").expect(206);
  }

  @AfterEach
  void stop() {
    service.awaitIdle();
    service.close();
  }

  /** As many as are allowed get through; one more does not. */
  @ParameterizedTest
  @CsvSource({
    "RST, 400",
    "PINGS, 2000",
    "PING_ACKS, 2000",
    "SETTINGS_FRAMES, 2000",
    "PRIORITIES, 2000",
    "UNKNOWN, 2000",
    "EMPTY_DATA, 2",
    "SPREAD_EMPTY_DATA, 2000",
    "CONTINUATIONS, 16"
  })
  void floodsEndTheirConnectionOnly(Flood flood, int allowed) throws IOException {
    try (Http2Wire wire = new Http2Wire(service.raw()).open(1 << 20)) {
      begin(wire, flood);
      for (int i = 0; i < allowed; i++) {
        add(wire, flood, i);
      }
      wire.send();
      if (flood != Flood.CONTINUATIONS && flood != Flood.EMPTY_DATA) {
        wire.request(Http2Wire.END_STREAM | Http2Wire.END_HEADERS, 10_001, "GET", "/livez").send();
        Http2Wire.Frame answer = wire.next(HEADERS);
        while (answer != null && answer.stream() != 10_001) {
          answer = wire.next(HEADERS);
        }
        assertNotNull(answer, "as many as are allowed do no harm");
      }
      add(wire, flood, allowed);
      wire.send();
      Http2Wire.Frame end = wire.next(GO_AWAY);
      assertNotNull(end);
      assertEquals(Http2Error.ENHANCE_YOUR_CALM.code(), end.code());
      assertNull(wire.next());
    }
    other.range("0-511").expect(206);
  }

  private static void begin(Http2Wire wire, Flood flood) {
    switch (flood) {
      case EMPTY_DATA, SPREAD_EMPTY_DATA ->
          wire.request(
              Http2Wire.END_HEADERS, 1, "PUT", Client.DATA, "content-range", "bytes 0-65535/*");
      case CONTINUATIONS -> wire.request(Http2Wire.END_STREAM, 1, "GET", "/livez");
      default -> {}
    }
  }

  private static void add(Http2Wire wire, Flood flood, int i) {
    switch (flood) {
      case RST -> {
        int stream = 2 * i + 1;
        wire.request(Http2Wire.END_STREAM | Http2Wire.END_HEADERS, stream, "GET", Client.DATA);
        wire.frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
      }
      case PINGS -> wire.frame(PING, 0, 0, PING_DATA);
      case PING_ACKS -> wire.frame(PING, 1, 0, PING_DATA);
      case SETTINGS_FRAMES -> wire.frame(SETTINGS, 0, 0);
      case PRIORITIES -> wire.frame(PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 1});
      case UNKNOWN -> wire.frame(0x77, 0, 0, PING_DATA);
      case EMPTY_DATA -> wire.frame(DATA, 0, 1);
      case SPREAD_EMPTY_DATA -> wire.frame(DATA, 0, 1).frame(DATA, 0, 1, (byte) i);
      case CONTINUATIONS -> wire.frame(CONTINUATION, 0, 1);
      default -> throw new AssertionError(flood);
    }
  }

  /** Netty itself would wait for the acknowledgement of the settings that say so. */
  @Test
  void aClientThatDoesNotAcknowledgeTheSettingsIsHeldToThemAllTheSame() throws IOException {
    try (Http2Wire wire = new Http2Wire(service.raw()).open(0)) {
      for (int i = 0; i < STREAMS + 5; i++) {
        wire.request(Http2Wire.END_STREAM | Http2Wire.END_HEADERS, 2 * i + 1, "GET", Client.DATA);
      }
      wire.send();
      for (int i = 0; i < 5; i++) {
        Http2Wire.Frame refused = wire.next(RST_STREAM);
        assertEquals(2 * (STREAMS + i) + 1, refused.stream());
        assertEquals(Http2Error.REFUSED_STREAM.code(), refused.code());
      }
      assertEquals(STREAMS, service.metric("doorbell_http_data_requests_active"));
      assertTrue(service.metric("doorbell_dma_arena_used_bytes") > 0);
    }
  }

  /** Over HTTP/1.1 one request of a connection is in progress, and those behind it are not read. */
  @Test
  void requestsInAPipelineAreReadOneByOne() throws IOException {
    try (RawConnection raw = service.raw()) {
      for (int i = 0; i < 50; i++) {
        raw.head("GET " + Client.DATA + " HTTP/1.1");
      }
      assertTrue(raw.readHead().startsWith("http/1.1 200 "));
      assertEquals(1, service.metric("doorbell_http_data_requests_active"));
      for (int i = 0; i < 49; i++) {
        raw.read(1 << 20);
        assertTrue(raw.readHead().startsWith("http/1.1 200 "));
      }
      raw.read(1 << 20);
    }
  }
}
