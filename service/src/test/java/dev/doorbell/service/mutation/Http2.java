package dev.doorbell.service.mutation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import java.nio.ByteBuffer;
import java.util.Locale;

/** HTTP/2 frames by hand (RFC 9113, 4.1). Only header compression is Netty's. */
final class Http2 {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int PRIORITY_FIELDS = 0x20;

  static final int FRAME_HEADER = 9;
  static final int MAX_FRAME = 1 << 14;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int INITIAL_WINDOW_SIZE = 4;

  private Http2() {}

  /** Preface and settings, with windows that no answer here fills. */
  static byte[] opening() {
    byte[] settings =
        ByteBuffer.allocate(6).putShort((short) INITIAL_WINDOW_SIZE).putInt(1 << 30).array();
    byte[] window = ByteBuffer.allocate(4).putInt(1 << 30).array();
    return Http1.join(
        Mutator.latin(PREFACE),
        Http1.join(frame(SETTINGS, 0, 0, settings), frame(WINDOW_UPDATE, 0, 0, window)));
  }

  static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(FRAME_HEADER + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** The compressed header section of a request. */
  static byte[] headers(DefaultHttp2HeadersEncoder encoder, int stream, MutableRequest request) {
    // Not validated: mistakes are what it is about.
    Http2Headers headers = new DefaultHttp2Headers(false);
    headers.method(request.method).path(request.target).scheme("http").authority("localhost");
    for (String[] header : request.headers) {
      headers.add(header[0].toLowerCase(Locale.ROOT), header[1]);
    }
    ByteBuf block = Unpooled.buffer();
    try {
      encoder.encodeHeaders(stream, headers, block);
    } catch (Http2Exception e) {
      throw new IllegalStateException(e);
    }
    return ByteBufUtil.getBytes(block);
  }

  /** One without a memory, so that each header section stands for itself. */
  static DefaultHttp2HeadersEncoder encoder() {
    try {
      DefaultHttp2HeadersEncoder encoder =
          new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE);
      encoder.configuration().maxHeaderTableSize(0);
      return encoder;
    } catch (Http2Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
