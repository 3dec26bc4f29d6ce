package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that break the rules of HTTP/2 while reads are under way that Vert.x does not know of.
 */
class FrameReadsBreachesTest extends FrameReadsSetUp {
  /** Errors of the connection (RFC 9113, 5.4.1) while reads are under way. */
  private enum Breach {
    DATA_ON_STREAM_0,
    PING_TOO_SHORT,
    WINDOW_TOO_LARGE,
    HEAD_THAT_DOES_NOT_DECODE,
    EVEN_STREAM
  }

  @ParameterizedTest
  @EnumSource(Breach.class)
  void aBreachOfTheProtocolEndsTheConnectionWithGoAway(Breach breach) throws IOException {
    inject(SLOW);
    ask(32_768, 33_000);
    request("GET", Client.DATA, "range", "bytes=40000-50000", "x", "y");
    ask(33_000, 34_000);
    awaitUnderWay(3);
    switch (breach) {
      case DATA_ON_STREAM_0 -> wire.frame(Http2FrameTypes.DATA, 0, 0, (byte) 1);
      case PING_TOO_SHORT -> wire.frame(Http2FrameTypes.PING, 0, 0, (byte) 1);
      case WINDOW_TOO_LARGE ->
          wire.frame(Http2FrameTypes.WINDOW_UPDATE, 0, 0, new byte[] {0x7f, -1, -1, -1});
      case HEAD_THAT_DOES_NOT_DECODE ->
          wire.frame(Http2FrameTypes.HEADERS, BOTH, next, new byte[] {(byte) 0xff, -1, -1, 127});
      case EVEN_STREAM -> wire.request(BOTH, 2, "GET", "/livez");
      default -> throw new AssertionError(breach);
    }
    wire.send();
    Http2Wire.Frame end = wire.next(Http2FrameTypes.GO_AWAY);
    assertNotNull(end, "closed without a word");
    assertTrue(end.code() != Http2Error.NO_ERROR.code());
    assertNull(wire.next());
    service.awaitIdle();
    expectAlive();
  }

  /** Vert.x knows nothing of a malformed request either. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBreachBehindAMalformedRequestDoesToo(boolean underWay) throws IOException {
    if (underWay) {
      inject(SLOW);
      ask(32_768, 33_000);
      awaitUnderWay(1);
    }
    byte[] withoutPath = {(byte) (0x80 | 2), (byte) (0x80 | 6)};
    wire.frame(Http2FrameTypes.HEADERS, BOTH, next, withoutPath);
    wire.frame(Http2FrameTypes.DATA, 0, 0, (byte) 1).send();
    assertNotNull(wire.next(Http2FrameTypes.GO_AWAY), "closed without a word");
    assertNull(wire.next());
    service.awaitIdle();
    expectAlive();
  }

  @Test
  void oneWhoseClientSendsABodyAfterAllIsResetAndNotAnswered() throws IOException {
    inject(SLOW);
    int stream = ask(32_768, 33_000);
    awaitUnderWay(1);
    wire.frame(Http2FrameTypes.DATA, 0, stream, (byte) 1).send();
    Http2Wire.Frame reset = wire.next(Http2FrameTypes.RST_STREAM);
    assertEquals(stream, reset.stream());
    assertEquals(Http2Error.STREAM_CLOSED.code(), reset.code());
    service.awaitIdle();
    expectRead(5, 9);
  }

  @Test
  void aFloodWhileReadsAreUnderWayIsToldWhatItIs() throws IOException {
    inject(SLOW);
    ask(32_768, 33_000);
    awaitUnderWay(1);
    for (int i = 0; i <= FrameWatch.MOST_IDLE_FRAMES; i++) {
      wire.frame(Http2FrameTypes.PING, 0, 0, new byte[8]);
    }
    wire.send();
    assertEquals(Http2Error.ENHANCE_YOUR_CALM.code(), wire.next(Http2FrameTypes.GO_AWAY).code());
    assertNull(wire.next());
    service.awaitIdle();
    expectAlive();
  }
}
