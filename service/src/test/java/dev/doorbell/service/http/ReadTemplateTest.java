package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadTemplateTest {
  private static final String HEAD =
      "GET /v1/namespaces/nvme0n1/data HTTP/1.1\r\nHost: drive\r\nRange: %s\r\nAccept: */*\r\n\r\n";

  private final ReadTemplate template = template(HEAD.formatted("bytes=0-4095"), "bytes=0-4095");

  private static ReadTemplate template(String head, String range) {
    return ReadTemplate.of(head.getBytes(StandardCharsets.ISO_8859_1), range, null);
  }

  private static ByteBuf text(String text) {
    return Unpooled.directBuffer()
        .writeBytes("xyz".getBytes(StandardCharsets.US_ASCII))
        .readerIndex(3)
        .writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource({"0,0", "7,4095", "123456789,987654321", "0,999999999999999999"})
  void aHeadWithAnotherRangeMatches(long first, long last) {
    assertTrue(template.matches(text(HEAD.formatted("bytes=" + first + "-" + last))));
    assertEquals(first, template.first());
    assertEquals(last, template.last());
    ByteBuf made = template.head(first, last);
    assertEquals(
        HEAD.formatted("bytes=" + first + "-" + last), made.toString(StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=",
        "bytes=-",
        "bytes=-5",
        "bytes=5-",
        "bytes=5-4",
        "bytes=0-5,7-9",
        "bytes= 0-5",
        "bytes=0-5 ",
        "bytes=0--5",
        "bytes=+0-5",
        "bytes=0-1000000000000000000",
        "bytes=0000000000000000000-5",
        "Bytes=0-5",
        "lines=0-5",
        "bytes=0-5\r\nIf-Range: x"
      })
  void anythingElseInTheRangeDoesNot(String range) {
    assertFalse(template.matches(text(HEAD.formatted(range))));
  }

  /** Each byte of the head but those of the numbers is changed in turn. */
  @Test
  void aHeadThatDiffersInAnotherByteDoesNot() {
    String head = HEAD.formatted("bytes=0-4095");
    int numbers = head.indexOf("0-4095");
    for (int i = 0; i < head.length(); i++) {
      if (i < numbers || i >= numbers + 6) {
        ByteBuf changed = text(head);
        changed.setByte(changed.readerIndex() + i, changed.getByte(changed.readerIndex() + i) ^ 1);
        assertFalse(template.matches(changed), "byte " + i);
      }
    }
    for (int end = 0; end < head.length(); end++) {
      assertFalse(template.matches(text(head.substring(0, end))), "cut at " + end);
      assertFalse(template.matches(text(head.substring(head.length() - end))), "last " + end);
    }
    assertFalse(template.matches(text(head + head)), "two");
    assertFalse(template.matches(text(head + "x")), "more");
  }

  @Test
  void theFieldIsFoundHoweverItIsWritten() {
    String head = "GET / HTTP/1.1\r\nrAnGe:\t bytes=1-2\r\nHost: x\r\n\r\n";
    assertNotNull(template(head, "bytes=1-2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nX-Range: bytes=1-2\r\n\r\n",
        "GET / HTTP/1.1\r\nRange: bytes=1-2 \r\n\r\n",
        "GET / HTTP/1.1\r\nRange: bytes=1-2\r\nRange: bytes=1-2\r\n\r\n",
        "GET /?bytes=1-2 HTTP/1.1\r\nRange: bytes=1-2\r\n\r\n",
        "GET / HTTP/1.1\r\nRange: bytes=1-2\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nRange: bytes=1-2\r\n\r\n more",
        "GET / HTTP/1.1\r\nRange: bytes=1-2\r\n"
      })
  void thereIsNoTemplateWhereTheRangeIsNotFoundForSure(String head) {
    assertNull(template(head, "bytes=1-2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=1-", "bytes=-2", "bytes=1-2,4-5", "bytes=2-1", "Bytes=1-2"})
  void thereIsNoTemplateOfOtherKindsOfRange(String range) {
    assertNull(template("GET / HTTP/1.1\r\nRange: " + range + "\r\n\r\n", range));
  }
}
