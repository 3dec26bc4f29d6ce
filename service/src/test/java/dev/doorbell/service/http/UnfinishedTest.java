package dev.doorbell.service.http;

import static io.netty.handler.codec.http2.Http2FrameTypes.CONTINUATION;
import static io.netty.handler.codec.http2.Http2FrameTypes.GO_AWAY;
import static io.netty.handler.codec.http2.Http2FrameTypes.HEADERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that do not finish what they have begun; see also {@link ConnectionTimeoutsTest}. */
class UnfinishedTest {
  private static TestService service;

  @BeforeAll
  static void start() {
    service = TestService.start(TestService.MEMORY_1_MIB, "http.header_timeout_s=1");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static String end(RawConnection raw) throws IOException {
    return new String(raw.readToEnd(), StandardCharsets.US_ASCII);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void nothingAtAll() throws IOException {
    try (RawConnection raw = service.raw()) {
      assertEquals("", end(raw));
    }
  }

  @Test
  void theHeadOfTheFirstRequest() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.send(ascii("GET /livez HTTP/1.1\r\nHost: loc"));
      assertTrue(end(raw).startsWith("HTTP/1.1 408 Request Timeout\r\n"));
    }
  }

  @Test
  void theHeadOfALaterRequest() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head("GET " + Client.DATA + " HTTP/1.1", "Range: bytes=0-9");
      assertTrue(raw.readHead().startsWith("http/1.1 206 "));
      raw.read(10);
      raw.send(ascii("G"));
      assertEquals("", end(raw));
    }
  }

  @Test
  void thePrefaceOfHttp2() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.send(ascii("PRI * HTTP/2.0\r\n\r\nS"));
      assertEquals("", end(raw));
    }
  }

  @Test
  void theSettingsBehindThePreface() throws IOException {
    try (RawConnection raw = service.raw();
        Http2Wire wire = new Http2Wire(raw)) {
      raw.send(ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
      Http2Wire.Frame end = wire.next(GO_AWAY);
      assertNotNull(end);
      assertEquals(Http2Error.ENHANCE_YOUR_CALM.code(), end.code());
      assertNull(wire.next());
    }
  }

  @Test
  void theHeadOfAnHttp2Request() throws IOException {
    try (Http2Wire wire = new Http2Wire(service.raw()).open(1 << 20)) {
      wire.request(Http2Wire.END_STREAM | Http2Wire.END_HEADERS, 1, "GET", "/livez").send();
      assertNotNull(wire.next(HEADERS));
      wire.request(Http2Wire.END_STREAM, 3, "GET", "/livez");
      wire.frame(CONTINUATION, 0, 3).send();
      Http2Wire.Frame end = wire.next(GO_AWAY);
      assertNotNull(end);
      assertEquals(Http2Error.ENHANCE_YOUR_CALM.code(), end.code());
      assertNull(wire.next());
    }
  }
}
