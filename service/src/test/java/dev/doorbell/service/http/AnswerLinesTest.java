package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AnswerLinesTest {
  private static final String DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

  private final AnswerLines lines = new AnswerLines();
  private final ByteBuf out = Unpooled.buffer(AnswerLines.MOST_BYTES, AnswerLines.MOST_BYTES);

  private String text() {
    String text = out.toString(StandardCharsets.US_ASCII);
    out.clear();
    return text;
  }

  @Test
  void sayWhatPartOfWhatFollows() {
    lines.write(out, 4096, 8192, 1 << 30, DATE);
    assertEquals(
        "HTTP/1.1 206 Partial Content\r\n"
            + "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            + "content-type: application/octet-stream\r\n"
            + "accept-ranges: bytes\r\n"
            + "cache-control: no-store\r\n"
            + "content-length: 4096\r\n"
            + "content-range: bytes 4096-8191/1073741824\r\n"
            + "\r\n",
        text());
  }

  @Test
  void nothingOfOneAnswerIsInTheNext() {
    long most = Long.MAX_VALUE;
    lines.write(out, most - 2, most, most, DATE);
    assertEquals(
        "bytes 9223372036854775805-9223372036854775806/9223372036854775807",
        text().lines().filter(s -> s.startsWith("content-range")).findAny().get().substring(15));
    lines.write(out, 7, 9, 11, "Sun, 06 Nov 1994 08:49:38 GMT");
    String next = text();
    assertEquals("date: Sun, 06 Nov 1994 08:49:38 GMT", next.split("\r\n")[1]);
    assertEquals("content-range: bytes 7-8/11\r\n\r\n", next.substring(next.indexOf("content-r")));
  }
}
