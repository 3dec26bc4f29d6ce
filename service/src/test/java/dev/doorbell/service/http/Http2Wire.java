package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An HTTP/2 connection on which a test decides about every frame; settings are never acknowledged.
 */
final class Http2Wire implements AutoCloseable {
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;

  private static final int FRAME_HEAD = 9;

  /** What came. */
  record Frame(int type, int flags, int stream, byte[] payload) {
    /** The error code of RST_STREAM or GOAWAY. */
    int code() {
      return ByteBuffer.wrap(payload).getInt(type == Http2FrameTypes.GO_AWAY ? 4 : 0);
    }
  }

  private final RawConnection raw;
  private final DefaultHttp2HeadersEncoder hpack = new DefaultHttp2HeadersEncoder();
  private final ByteBuf out = Unpooled.buffer();

  Http2Wire(RawConnection raw) {
    this.raw = raw;
  }

  /** The preface and settings, with this window for answers. */
  Http2Wire open(int window) {
    out.writeBytes(Http2CodecUtil.connectionPrefaceBuf());
    byte[] settings = ByteBuffer.allocate(6).putShort((short) 4).putInt(window).array();
    return frame(Http2FrameTypes.SETTINGS, 0, 0, settings);
  }

  /** Adds a frame to what is sent next. */
  Http2Wire frame(int type, int flags, int stream, byte... payload) {
    out.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
    out.writeBytes(payload);
    return this;
  }

  /** Adds the head of a request; headers are names and values in turn. */
  Http2Wire request(int flags, int stream, String method, String path, String... headers) {
    return frame(Http2FrameTypes.HEADERS, flags, stream, block(stream, method, path, headers));
  }

  byte[] block(int stream, String method, String path, String... headers) {
    Http2Headers all =
        new DefaultHttp2Headers().method(method).scheme("http").authority("localhost").path(path);
    for (int i = 0; i < headers.length; i += 2) {
      all.set(headers[i], headers[i + 1]);
    }
    ByteBuf block = Unpooled.buffer();
    try {
      hpack.encodeHeaders(stream, all, block);
    } catch (Http2Exception e) {
      throw new IllegalStateException(e);
    }
    return ByteBufUtil.getBytes(block);
  }

  Http2Wire send() throws IOException {
    raw.send(ByteBufUtil.getBytes(out));
    out.clear();
    return this;
  }

  /** The next frame, or null at the end. */
  Frame next() throws IOException {
    byte[] head = raw.read(FRAME_HEAD);
    if (head.length < FRAME_HEAD) {
      return null;
    }
    ByteBuffer fields = ByteBuffer.wrap(head);
    int length = (fields.get() & 0xff) << 16 | fields.getShort() & 0xffff;
    return new Frame(fields.get(), fields.get(), fields.getInt(), raw.read(length));
  }

  /** The next frame of a type, whatever comes before it. */
  Frame next(int type) throws IOException {
    Frame frame = next();
    while (frame != null && frame.type() != type) {
      frame = next();
    }
    return frame;
  }

  @Override
  public void close() throws IOException {
    raw.abort();
  }
}
