package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.doorbell.service.DoorbellServer;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.vertx.core.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A service that is stopped while clients have not read their answers yet. */
class StopTest {
  private static final int CAPACITY = 16 << 20;
  private static final byte[] CONTENT = Seeded.bytes(1, CAPACITY);

  private static TestService start(int graceSeconds) {
    TestService service =
        TestService.start(
            "emulated:memory?size=16MiB&lba_size=512",
            "loops=1",
            "shutdown.grace_s=" + graceSeconds);
    service.client(HttpVersion.HTTP_2).put(CONTENT).expect(204);
    return service;
  }

  private static Http2Wire askOverHttp2(TestService service) throws IOException {
    Http2Wire wire = new Http2Wire(service.raw()).open(2 * CAPACITY);
    wire.frame(Http2FrameTypes.WINDOW_UPDATE, 0, 0, (byte) 2, (byte) 0, (byte) 0, (byte) 0);
    int flags = Http2Wire.END_STREAM | Http2Wire.END_HEADERS;
    wire.request(flags, 1, "GET", Client.DATA).send();
    assertNotNull(wire.next(Http2FrameTypes.HEADERS));
    return wire;
  }

  private static RawConnection ask(TestService service) throws IOException {
    RawConnection reader = service.raw();
    reader.head("GET " + Client.DATA + " HTTP/1.1");
    reader.readHead();
    return reader;
  }

  /** What a stop has to complain of. */
  private static List<String> warningsOf(Runnable stop) {
    Logger logger = (Logger) LoggerFactory.getLogger(DoorbellServer.class);
    ListAppender<ILoggingEvent> events = new ListAppender<>();
    events.start();
    logger.addAppender(events);
    try {
      stop.run();
    } finally {
      logger.detachAppender(events);
    }
    return events.list.stream()
        .filter(e -> e.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Test
  void endsTheRequestsOfThoseThatDoNotReadWhenTheGraceIsOver() throws IOException {
    try (TestService service = start(1);
        RawConnection first = ask(service);
        Http2Wire second = askOverHttp2(service)) {
      assertNotNull(first);
      assertNotNull(second);
      assertEquals(List.of(), warningsOf(service::stop));
    }
  }

  @Test
  void givesThoseThatReadWithinTheGraceEveryByte() throws Exception {
    try (TestService service = start(60);
        RawConnection first = ask(service);
        Http2Wire second = askOverHttp2(service)) {
      CompletableFuture<List<String>> stopped =
          CompletableFuture.supplyAsync(() -> warningsOf(service::stop));
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      boolean stopping = false;
      while (!stopping || body.size() < CAPACITY) {
        Http2Wire.Frame frame = second.next();
        assertNotNull(frame, "cut off after " + body.size() + " bytes");
        stopping |= frame.type() == Http2FrameTypes.GO_AWAY;
        if (frame.type() == Http2FrameTypes.DATA) {
          body.writeBytes(frame.payload());
        }
      }
      assertArrayEquals(CONTENT, body.toByteArray());
      assertArrayEquals(CONTENT, first.read(CAPACITY));
      assertEquals(List.of(), stopped.get(60, TimeUnit.SECONDS));
    }
  }
}
