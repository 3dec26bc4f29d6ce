package dev.doorbell.service.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnFlushHandlerTest {
  private final LoopPoller poller = new LoopPoller();
  private final TurnFlushHandler handler = new TurnFlushHandler(poller);
  private final EmbeddedChannel channel = new EmbeddedChannel(handler);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void answer(int bytes) {
    channel.write(Unpooled.wrappedBuffer(new byte[bytes]));
    channel.pipeline().flush();
  }

  @Test
  void givesTheClientTheFirstOfManySmallAnswersWhileTheTurnGoesOn() {
    for (int i = 0; i < 20; i++) {
      answer(4096);
    }
    assertEquals(6, channel.outboundMessages().size(), "24 KiB are on their way");
    poller.turn();
    assertEquals(20, channel.outboundMessages().size());
    assertEquals(2, handler.flushes());
  }

  @Test
  void sendsLargeAnswersAtOnceAtTheEndOfTheTurn() {
    for (int i = 0; i < 4; i++) {
      answer(128 << 10);
    }
    assertEquals(0, channel.outboundMessages().size());
    poller.turn();
    assertEquals(4, channel.outboundMessages().size());
    assertEquals(1, handler.flushes());
  }

  @Test
  void whatNobodyFlushesGoesOutWithTheTurn() {
    channel.write(Unpooled.wrappedBuffer(new byte[9]));
    assertEquals(0, channel.outboundMessages().size());
    poller.turn();
    assertEquals(1, channel.outboundMessages().size());
    poller.turn();
    assertEquals(1, handler.flushes());
  }

  @Test
  void startsAnewWithEachTurn() {
    for (int turn = 1; turn <= 3; turn++) {
      for (int i = 0; i < 10; i++) {
        answer(4096);
      }
      poller.turn();
      assertEquals(2L * turn, handler.flushes());
    }
    assertEquals(30, channel.outboundMessages().size());
  }
}
