package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LineConnectionTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private LineConnection connection;

  @BeforeEach
  void addToPipeline() {
    channel.pipeline().addLast(new HttpResponseEncoder());
    channel.pipeline().addLast("handler", new ChannelInboundHandlerAdapter());
    LineConnection.add(channel.pipeline());
    connection = channel.pipeline().get(LineConnection.class);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static ByteBuf text(String text) {
    return Unpooled.directBuffer().writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void respond(HttpResponseStatus status, ByteBuf body) {
    channel
        .pipeline()
        .context("handler")
        .writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body));
  }

  private String written() {
    StringBuilder all = new StringBuilder();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      all.append(part.toString(StandardCharsets.US_ASCII));
      part.release();
    }
    return all.toString();
  }

  @Test
  void aResponseGetsTheHeadThatWasPutForIt() {
    ByteBuf head = text("head ");
    ByteBuf body = text("body");
    connection.put(head, body);
    assertFalse(connection.takesHead(), "one at a time");
    respond(HttpResponseStatus.OK, body.slice());
    assertEquals("head body", written());
    assertTrue(connection.takesHead());
    assertEquals(0, head.refCnt());
    assertEquals(0, body.refCnt());
  }

  @Test
  void anotherResponseThatComesBeforeItKeepsItsOwn() {
    ByteBuf body = text("body");
    connection.put(text("head "), body);
    respond(HttpResponseStatus.NOT_FOUND, text("none"));
    assertEquals("HTTP/1.1 404 Not Found\r\n\r\nnone", written());
    respond(HttpResponseStatus.OK, body);
    assertEquals("head body", written());
    respond(HttpResponseStatus.NO_CONTENT, Unpooled.EMPTY_BUFFER);
    assertEquals("HTTP/1.1 204 No Content\r\n\r\n", written());
  }

  @Test
  void theHeadOfAResponseThatIsNeverWrittenIsReleased() {
    ByteBuf head = text("head ");
    ByteBuf body = text("body");
    connection.put(head, body);
    channel.close();
    assertEquals(0, head.refCnt());
    body.release();
  }
}
