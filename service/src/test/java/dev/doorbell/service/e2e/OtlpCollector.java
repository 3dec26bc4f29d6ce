package dev.doorbell.service.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.zip.GZIPInputStream;

/**
 * What a collector of OpenTelemetry is to those who send it spans: OTLP over HTTP, decoded by hand
 * from the field numbers of opentelemetry-proto's trace.proto.
 */
final class OtlpCollector implements AutoCloseable {
  /** As much of a span as tests look at. */
  record Span(
      String trace, String parent, String name, long kind, Map<String, Object> attributes) {}

  private final HttpServer server;
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private final Map<String, Object> resource = new HashMap<>();

  OtlpCollector() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/base/v1/traces", this::receive);
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/base";
  }

  List<Span> spans() {
    return spans;
  }

  /** What the sender says of itself. */
  Map<String, Object> resource() {
    return resource;
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void receive(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
      body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
    }
    try {
      fields(body, (number, resourceSpans) -> fields(bytes(resourceSpans), this::resourceSpans));
      exchange.sendResponseHeaders(200, -1);
    } catch (RuntimeException e) {
      exchange.sendResponseHeaders(400, -1);
    } finally {
      exchange.close();
    }
  }

  private void resourceSpans(int number, Object value) {
    if (number == 1) {
      fields(bytes(value), (n, attribute) -> attribute(resource, n == 1 ? attribute : null));
    } else if (number == 2) {
      fields(
          bytes(value),
          (n, span) -> {
            if (n == 2) {
              spans.add(span(bytes(span)));
            }
          });
    }
  }

  private static Span span(byte[] message) {
    Map<Integer, Object> one = new HashMap<>();
    Map<String, Object> attributes = new HashMap<>();
    fields(
        message,
        (number, value) -> {
          one.put(number, value);
          attribute(attributes, number == 9 ? value : null);
        });
    return new Span(
        HexFormat.of().formatHex(bytes(one.get(1))),
        one.containsKey(4) ? HexFormat.of().formatHex(bytes(one.get(4))) : "",
        text(one.get(5)),
        (Long) one.get(6),
        attributes);
  }

  /** A KeyValue, whose value is a text or a number. */
  private static void attribute(Map<String, Object> to, Object keyValue) {
    if (keyValue == null) {
      return;
    }
    Map<Integer, Object> entry = new HashMap<>();
    fields(bytes(keyValue), entry::put);
    fields(
        bytes(entry.get(2)),
        (kind, value) -> to.put(text(entry.get(1)), kind == 1 ? text(value) : value));
  }

  private static byte[] bytes(Object value) {
    return (byte[]) value;
  }

  private static String text(Object value) {
    return new String(bytes(value), StandardCharsets.UTF_8);
  }

  /** The fields of a message of protocol buffers: numbers as Long, all else as bytes. */
  private static void fields(byte[] message, BiConsumer<Integer, Object> each) {
    ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      long tag = varint(in);
      int number = (int) (tag >>> 3);
      switch ((int) (tag & 7)) {
        case 0 -> each.accept(number, varint(in));
        case 1 -> each.accept(number, in.getLong());
        case 2 -> {
          byte[] bytes = new byte[(int) varint(in)];
          in.get(bytes);
          each.accept(number, bytes);
        }
        case 5 -> each.accept(number, (long) in.getInt());
        default -> throw new IllegalArgumentException("wire type of tag " + tag);
      }
    }
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }
}
