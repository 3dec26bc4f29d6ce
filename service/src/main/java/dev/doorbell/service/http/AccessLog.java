package dev.doorbell.service.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A line for each request, to the logger {@code access}, for those who switch that on. Gives each
 * request an identity, unless the client has, and finds the trace it belongs to (W3C Trace Context,
 * 3.2). Belongs to the loop's thread.
 */
final class AccessLog {
  static final String LOGGER = "access";
  static final String REQUEST_ID = "X-Request-Id";
  private static final String TRACEPARENT = "traceparent";
  private static final int MAX_ID = 64;
  private static final int TRACE_START = 3;
  private static final int TRACE_END = 35;
  private static final int TRACEPARENT_LENGTH = 55;

  private final Logger log;

  /** Apart from those of other loops and of earlier runs. */
  private final String prefix =
      Long.toHexString(ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE) + "-";

  private long requests;

  private AccessLog(Logger log) {
    this.log = log;
  }

  /** The log, or null if nobody wants to see it. */
  static AccessLog ifOn() {
    Logger log = LoggerFactory.getLogger(LOGGER);
    return log.isInfoEnabled() ? new AccessLog(log) : null;
  }

  /** A request has come; its line is written when its answer has ended, in whatever way. */
  void begin(HttpServerRequest request) {
    long started = System.nanoTime();
    String id = request.headers().get(REQUEST_ID);
    request.response().putHeader(REQUEST_ID, isId(id) ? id : prefix + requests++);
    request.response().endHandler(done -> ended(request, started));
  }

  /** Writes the line of a request that had {@link #begin}. */
  void ended(HttpServerRequest request, long startedNanos) {
    HttpServerResponse response = request.response();
    LoggingEventBuilder line =
        log.atInfo()
            .addKeyValue("method", request.method().name())
            .addKeyValue("path", request.path())
            .addKeyValue("status", response.getStatusCode())
            .addKeyValue("complete", response.ended())
            .addKeyValue("range", request.headers().get(DataHeaders.RANGE))
            .addKeyValue("content_range", request.headers().get("Content-Range"))
            .addKeyValue("bytes_in", request.bytesRead())
            .addKeyValue("bytes_out", response.bytesWritten())
            .addKeyValue("duration_us", (System.nanoTime() - startedNanos) / 1000)
            .addKeyValue("protocol", protocol(request.version()))
            .addKeyValue("remote", request.remoteAddress())
            .addKeyValue("request_id", response.headers().get(REQUEST_ID));
    String trace = traceId(request.headers().get(TRACEPARENT));
    if (trace != null) {
      line = line.addKeyValue("trace_id", trace);
    }
    line.log("request");
  }

  private static String protocol(HttpVersion version) {
    return switch (version) {
      case HTTP_1_0 -> "HTTP/1.0";
      case HTTP_1_1 -> "HTTP/1.1";
      case HTTP_2 -> "HTTP/2";
    };
  }

  /** What a client may call its request: nothing that forges lines of a log. */
  static boolean isId(String text) {
    if (text == null || text.isEmpty() || text.length() > MAX_ID) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letterOrDigit = c < 0x80 && Character.isLetterOrDigit(c);
      if (!letterOrDigit && "-._~:+/=@".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  /** The trace-id of a {@code traceparent}, or null if it is missing or malformed. */
  static String traceId(String traceparent) {
    if (traceparent == null
        || traceparent.length() < TRACEPARENT_LENGTH
        || traceparent.startsWith("ff")
        || traceparent.startsWith("00") && traceparent.length() != TRACEPARENT_LENGTH
        || traceparent.length() > TRACEPARENT_LENGTH
            && traceparent.charAt(TRACEPARENT_LENGTH) != '-') {
      return null;
    }
    boolean zero = true;
    for (int i = 0; i < TRACEPARENT_LENGTH; i++) {
      char c = traceparent.charAt(i);
      boolean dash = i == 2 || i == TRACE_END || i == TRACEPARENT_LENGTH - 3;
      if (dash ? c != '-' : "0123456789abcdef".indexOf(c) < 0) {
        return null;
      }
      zero &= i < TRACE_START || i >= TRACE_END || c == '0';
    }
    return zero ? null : traceparent.substring(TRACE_START, TRACE_END);
  }
}
