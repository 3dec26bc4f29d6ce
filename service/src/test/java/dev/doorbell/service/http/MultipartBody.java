package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code multipart/byteranges} body as a client reads it that trusts the delimiters alone (RFC
 * 2046, 5.1.1).
 */
record MultipartBody(List<Part> parts) {
  private static final Pattern TYPE =
      Pattern.compile("multipart/byteranges; boundary=([0-9a-zA-Z'()+_,./:=?-]{1,70})");
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes ([0-9]+)-([0-9]+)/([0-9]+)");

  /** One part: the range that it names, and its bytes. */
  record Part(long first, long last, long complete, byte[] bytes) {}

  static MultipartBody of(Answer answer) {
    Matcher type = TYPE.matcher(answer.header("content-type"));
    assertTrue(type.matches(), answer.header("content-type"));
    assertEquals(Integer.toString(answer.body().length), answer.header("content-length"));
    // Latin-1 keeps every byte.
    String body = new String(answer.body(), StandardCharsets.ISO_8859_1);
    String delimiter = "--" + type.group(1);
    assertTrue(body.startsWith(delimiter + "\r\n"), "begins with a delimiter");
    List<Part> parts = new ArrayList<>();
    int at = delimiter.length();
    while (true) {
      String closing = "--\r\n";
      if (body.startsWith(closing, at)) {
        assertEquals(body.length(), at + closing.length(), "nothing follows the end");
        return new MultipartBody(parts);
      }
      int head = at + 2;
      int data = body.indexOf("\r\n\r\n", head) + 4;
      int end = body.indexOf("\r\n" + delimiter, data);
      assertTrue(data >= 4 && end >= data, "a part has a head and an end");
      parts.add(part(body.substring(head, data - 4), body.substring(data, end)));
      at = end + 2 + delimiter.length();
    }
  }

  private static Part part(String head, String bytes) {
    List<String> lines = Arrays.asList(head.split("\r\n"));
    assertTrue(lines.contains("Content-Type: application/octet-stream"), head);
    String range =
        lines.stream().filter(l -> l.startsWith("Content-Range: ")).findFirst().orElseThrow();
    Matcher matcher = CONTENT_RANGE.matcher(range.substring("Content-Range: ".length()));
    assertTrue(matcher.matches(), range);
    return new Part(
        Long.parseLong(matcher.group(1)),
        Long.parseLong(matcher.group(2)),
        Long.parseLong(matcher.group(3)),
        bytes.getBytes(StandardCharsets.ISO_8859_1));
  }
}
