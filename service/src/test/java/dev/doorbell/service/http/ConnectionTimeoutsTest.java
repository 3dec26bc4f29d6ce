package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.loop.TestClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConnectionTimeoutsTest {
  private static final String HEAD = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private final TestClock clock = new TestClock();
  private final EmbeddedChannel channel = TestClock.channel();

  /** As a connection is from the first bytes on, but for what answers. */
  private void begin(int idleSeconds, int headSeconds) {
    ConnectionTimeouts timeouts =
        new ConnectionTimeouts(c -> clock.poller(), idleSeconds, headSeconds);
    channel
        .pipeline()
        .addLast(timeouts)
        .addLast(new HttpRequestDecoder())
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                timeouts.progress();
              }
            });
  }

  private void send(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private String sent() {
    ByteBuf answer = channel.readOutbound();
    return answer == null ? null : answer.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void closesAConnectionThatSendsNothing() {
    begin(60, 30);
    clock.advance(channel, 29_999);
    assertTrue(channel.isOpen());
    clock.advance(channel, 2);
    assertFalse(channel.isOpen());
    assertNull(sent(), "there is nothing to answer");
  }

  @Test
  void answersAHeadThatIsDribbled() {
    begin(60, 30);
    for (int i = 0; i < 14; i++) {
      send(HEAD.substring(i, i + 1));
      clock.advance(channel, 2000);
    }
    assertTrue(channel.isOpen());
    clock.advance(channel, 2001);
    assertTrue(sent().startsWith("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"));
    assertFalse(channel.isOpen());
  }

  @Test
  void closesAConnectionWhoseLaterHeadIsDribbled() {
    begin(600, 30);
    send(HEAD);
    clock.advance(channel, 100_000);
    assertTrue(channel.isOpen(), "a connection that has been used may be idle");
    for (int i = 0; i < 20; i++) {
      send(HEAD.substring(i, i + 1));
      clock.advance(channel, 1400);
    }
    assertTrue(channel.isOpen());
    clock.advance(channel, 2001);
    assertNull(sent());
    assertFalse(channel.isOpen());
  }

  @Test
  void closesAConnectionWhoseChunkOfABodyHasNoEnd() {
    begin(600, 30);
    send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; i++) {
      clock.advance(channel, 1400);
      send("0");
    }
    assertTrue(channel.isOpen());
    clock.advance(channel, 2001);
    clock.advance(channel, 1500);
    assertFalse(channel.isOpen());
  }

  @Test
  void leavesABodyAlonePieceByPiece() {
    begin(60, 30);
    send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
    for (int i = 0; i < 100; i++) {
      clock.advance(channel, 20_000);
      send("x");
    }
    assertTrue(channel.isOpen());
  }

  @Test
  void doesNotCountWhatIsNotRead() {
    begin(0, 30);
    send(HEAD);
    send("GET ");
    channel.config().setAutoRead(false);
    clock.advance(channel, 1_000_000);
    assertTrue(channel.isOpen());
    channel.config().setAutoRead(true);
    clock.advance(channel, 30_001);
    clock.advance(channel, 30_001);
    assertFalse(channel.isOpen());
  }

  @Test
  void leavesAClientItsTimeIfThereIsNoLimit() {
    begin(0, 0);
    send("G");
    clock.advance(channel, 1_000_000_000);
    assertTrue(channel.isOpen());
  }

  @Test
  void closesAnIdleConnectionAndNoOther() {
    begin(1, 0);
    for (int i = 0; i < 3; i++) {
      clock.advance(channel, 900);
      send(HEAD);
    }
    for (int i = 0; i < 3; i++) {
      clock.advance(channel, 900);
      channel.writeOutbound(Unpooled.copiedBuffer("answer", StandardCharsets.US_ASCII));
    }
    assertTrue(channel.isOpen(), "something moved every 900 ms");
    assertEquals("answer", sent());
    clock.advance(channel, 999);
    assertTrue(channel.isOpen());
    clock.advance(channel, 2);
    assertFalse(channel.isOpen());
  }

  @Test
  void holdsANewConnectionToNoTimeBeforeIt() {
    clock.stop(channel, 100_000);
    begin(60, 30);
    assertTrue(channel.isOpen());
    clock.advance(channel, 29_999);
    assertTrue(channel.isOpen());
    clock.advance(channel, 2);
    assertFalse(channel.isOpen());
  }

  @Test
  void countsNoTimeInWhichTheProcessIsStoppedForAnIdleConnection() {
    begin(60, 0);
    send(HEAD);
    clock.stop(channel, 100_000);
    clock.advance(channel, 0);
    assertTrue(channel.isOpen());
    clock.advance(channel, 59_999);
    assertTrue(channel.isOpen());
    clock.advance(channel, 2);
    assertFalse(channel.isOpen());
  }

  @Test
  void countsNoTimeInWhichTheProcessIsStoppedForAHeadThatHasBegun() {
    begin(0, 30);
    send("GET ");
    clock.stop(channel, 100_000);
    clock.advance(channel, 0);
    assertTrue(channel.isOpen());
    assertNull(sent());
    clock.advance(channel, 30_001);
    assertTrue(sent().startsWith("HTTP/1.1 408 "));
    assertFalse(channel.isOpen());
  }
}
