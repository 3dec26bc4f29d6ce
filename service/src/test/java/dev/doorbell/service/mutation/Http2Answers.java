package dev.doorbell.service.mutation;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads what a service sends over HTTP/2 and takes nothing but what RFC 9113 allows: frames of the
 * right size on streams that are open, header sections that decompress, bodies as long as declared.
 */
final class Http2Answers {
  private static final int STREAM_MASK = 0x7fffffff;

  private final Wire wire;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true);
  private final Map<Integer, Stream> streams = new TreeMap<>();
  private long pong;
  private boolean goingAway;
  private boolean strays;
  private boolean straysToHead;

  /** An answer in the making. */
  static final class Stream {
    private final boolean toHead;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;
    private long length = -1;
    private boolean ended;
    private boolean reset;

    private Stream(boolean toHead) {
      this.toHead = toHead;
    }

    /** Of the final answer; 0 if there is none. */
    int status() {
      return status;
    }

    boolean done() {
      return ended || reset;
    }

    /** Whether the answer came as a whole. */
    boolean complete() {
      return ended;
    }

    String text() {
      return body.toString(java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  Http2Answers(Wire wire) {
    this.wire = wire;
  }

  /** Lets answers come on a stream. */
  Stream open(int id, boolean toHead) {
    Stream stream = new Stream(toHead);
    streams.put(id, stream);
    return stream;
  }

  /** Takes answers on streams that were not opened, too: what was sent may have opened some. */
  void allowStrays(boolean toHead) {
    strays = true;
    straysToHead = toHead;
  }

  void forget(int id) {
    streams.remove(id);
  }

  boolean goingAway() {
    return goingAway;
  }

  /** Payload of the last acknowledged PING. */
  long pong() {
    return pong;
  }

  /** Reads one frame; false at the end of the connection. */
  boolean next() throws IOException {
    byte[] head = wire.read(Http2.FRAME_HEADER);
    if (head == null) {
      return false;
    }
    int length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | head[2] & 0xff;
    int id = ByteBuffer.wrap(head).getInt(5);
    check(length <= Http2.MAX_FRAME, "a frame of " + length + " bytes");
    check(id >= 0, "the reserved bit is set");
    byte[] payload = wire.read(length);
    if (payload == null) {
      return false;
    }
    frame(head[3], head[4] & 0xff, id & STREAM_MASK, payload);
    return true;
  }

  private void frame(int type, int flags, int id, byte[] payload) throws IOException {
    switch (type) {
      case Http2.DATA -> data(stream(id), flags, payload);
      case Http2.HEADERS -> headers(stream(id), id, flags, payload);
      case Http2.RST_STREAM -> {
        check(payload.length == 4, "RST_STREAM of " + payload.length + " bytes");
        if (!strays || streams.containsKey(id)) {
          stream(id).reset = true;
        }
      }
      case Http2.SETTINGS -> {
        boolean ack = (flags & Http2.ACK) != 0;
        check(id == 0 && payload.length % 6 == 0 && (!ack || payload.length == 0), "SETTINGS");
        if (!ack) {
          wire.send(Http2.frame(Http2.SETTINGS, Http2.ACK, 0, new byte[0]));
        }
      }
      case Http2.PING -> {
        check(id == 0 && payload.length == 8, "PING");
        check((flags & Http2.ACK) != 0, "a PING of its own");
        pong = ByteBuffer.wrap(payload).getLong();
      }
      case Http2.GOAWAY -> {
        check(id == 0 && payload.length >= 8, "GOAWAY");
        goingAway = true;
      }
      case Http2.WINDOW_UPDATE ->
          check(payload.length == 4 && ByteBuffer.wrap(payload).getInt() > 0, "WINDOW_UPDATE");
      default -> check(false, "a frame of type " + type);
    }
  }

  private Stream stream(int id) {
    Stream stream = streams.get(id);
    if (stream == null && strays && id % 2 == 1) {
      return open(id, straysToHead);
    }
    check(stream != null, "a frame on stream " + id + ", of which nothing is expected");
    return stream;
  }

  private void data(Stream stream, int flags, byte[] payload) {
    check(stream.status != 0 && !stream.done(), "DATA, but the stream is not open for it");
    check((flags & Http2.PADDED) == 0, "DATA with padding, which nobody asked for");
    stream.body.writeBytes(payload);
    end(stream, flags);
  }

  private void headers(Stream stream, int id, int flags, byte[] first) throws IOException {
    // Netty refuses a malformed PRIORITY with RST_STREAM, even before the stream is used.
    stream.reset &= !strays;
    check(!stream.done(), "HEADERS after the end of the stream");
    check((flags & Http2.PADDED) == 0, "HEADERS with padding, which nobody asked for");
    byte[] block = first;
    if ((flags & Http2.PRIORITY_FIELDS) != 0) {
      check(first.length >= 5, "HEADERS cut off in the priority");
      block = Arrays.copyOfRange(first, 5, first.length);
    }
    int continued = flags;
    while ((continued & Http2.END_HEADERS) == 0) {
      byte[] head = wire.read(Http2.FRAME_HEADER);
      if (head == null) {
        return;
      }
      check(head[3] == Http2.CONTINUATION && ByteBuffer.wrap(head).getInt(5) == id, "CONTINUATION");
      byte[] more = wire.read((head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | head[2] & 0xff);
      if (more == null) {
        return;
      }
      block = Http1.join(block, more);
      continued = head[4];
    }
    Http2Headers headers;
    try {
      headers = decoder.decodeHeaders(id, Unpooled.wrappedBuffer(block));
    } catch (Http2Exception e) {
      throw new AssertionError("not a well-formed answer: " + e.getMessage(), e);
    }
    check(stream.status == 0, "a second header section");
    CharSequence status = headers.status();
    check(status != null && status.toString().matches("[1-5][0-9][0-9]"), "status " + status);
    if (status.charAt(0) == '1') {
      check((flags & Http2.END_STREAM) == 0, "an interim answer ends the stream");
      return;
    }
    stream.status = Integer.parseInt(status.toString());
    CharSequence length = headers.get("content-length");
    stream.length = length == null ? -1 : Long.parseLong(length.toString());
    check(headers.get("connection") == null && headers.get("transfer-encoding") == null, "headers");
    end(stream, flags);
  }

  private void end(Stream stream, int flags) {
    if ((flags & Http2.END_STREAM) != 0) {
      stream.ended = true;
      int size = stream.body.size();
      // Changed bytes may have made another method of HEAD.
      boolean asDeclared = size == stream.length && (!stream.toHead || strays);
      check(
          stream.length < 0 || asDeclared || stream.toHead && size == 0,
          size + " bytes, declared " + stream.length + (stream.toHead ? ", to HEAD" : ""));
    }
  }

  private static void check(boolean so, String what) {
    if (!so) {
      throw new AssertionError("not a well-formed answer: " + what);
    }
  }
}
