package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Puts together what comes over a connection of HTTP/2, in whatever order. */
final class StreamAnswers {
  /** Flag of a HEADERS frame that begins with {@link #PRIORITY_BYTES} (RFC 9113, 6.2). */
  static final int PRIORITY = 0x20;

  static final int PRIORITY_BYTES = 5;

  private final Http2Wire wire;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true);
  private final Map<Integer, Answer> answers = new HashMap<>();

  /** What has come on one stream. */
  static final class Answer {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private Http2Headers head;
    private boolean ended;

    int status() {
      return Integer.parseInt(head.status().toString());
    }

    /** Value of a field of the head. */
    String field(String name) {
      return String.valueOf(head.get(name));
    }

    String text() {
      return body.toString(java.nio.charset.StandardCharsets.UTF_8);
    }

    void expectPart(int first, int end, byte[] representation, int complete) {
      assertEquals(206, status(), this::text);
      assertEquals(
          "bytes %d-%d/%d".formatted(first, end - 1, complete),
          head.get("content-range").toString());
      assertArrayEquals(Arrays.copyOfRange(representation, first, end), body.toByteArray());
    }
  }

  StreamAnswers(Http2Wire wire) {
    this.wire = wire;
  }

  /** The whole answer on a stream; reads until it is there. */
  Answer of(int stream) throws IOException {
    while (!answers.containsKey(stream) || !answers.get(stream).ended) {
      Http2Wire.Frame frame = wire.next();
      assertNotNull(frame, "closed before stream " + stream + " was answered");
      take(frame);
    }
    return answers.remove(stream);
  }

  private void take(Http2Wire.Frame frame) {
    if (frame.type() == Http2FrameTypes.HEADERS) {
      Answer answer = answers.computeIfAbsent(frame.stream(), id -> new Answer());
      assertFalse(answer.head != null, "a second head on stream " + frame.stream());
      answer.head = decode(frame);
      answer.ended = (frame.flags() & Http2Wire.END_STREAM) != 0;
    } else if (frame.type() == Http2FrameTypes.DATA) {
      Answer answer = answers.get(frame.stream());
      assertTrue(answer != null && !answer.ended, "data on stream " + frame.stream());
      answer.body.writeBytes(frame.payload());
      answer.ended = (frame.flags() & Http2Wire.END_STREAM) != 0;
    } else {
      assertFalse(frame.type() == Http2FrameTypes.RST_STREAM, "reset of " + frame.stream());
      assertFalse(frame.type() == Http2FrameTypes.GO_AWAY, "GOAWAY");
    }
  }

  private Http2Headers decode(Http2Wire.Frame frame) {
    ByteBuf block = Unpooled.wrappedBuffer(frame.payload());
    if ((frame.flags() & PRIORITY) != 0) {
      block.skipBytes(PRIORITY_BYTES);
    }
    try {
      return decoder.decodeHeaders(frame.stream(), block);
    } catch (Http2Exception e) {
      throw new AssertionError("the head of stream " + frame.stream() + ": " + e.getMessage(), e);
    }
  }
}
