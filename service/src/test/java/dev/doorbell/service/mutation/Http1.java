package dev.doorbell.service.mutation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTTP/1.1 by hand: requests as they are, and a reader that takes no answer but a well-formed one
 * (RFC 9112).
 */
final class Http1 {
  private static final Pattern STATUS =
      Pattern.compile("HTTP/1\\.[01] ([1-5][0-9][0-9]) [\\t -~]*");
  private static final Pattern HEADER =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*([\\t -~]*?)[ \\t]*");
  private static final Pattern HEAD = Pattern.compile("[\\x00-\\x20]*HEAD[\\x00-\\x20]");
  private static final int MAX_HEAD = 16 << 10;

  private Http1() {}

  /** An answer as a whole. */
  record Answer(int status, Map<String, String> headers, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** The bytes of a request. */
  static byte[] bytes(MutableRequest request) {
    StringBuilder head = new StringBuilder();
    head.append(request.method).append(' ').append(request.target).append(" HTTP/1.1\r\n");
    head.append("Host: localhost\r\n");
    request.headers.forEach(h -> head.append(h[0]).append(": ").append(h[1]).append("\r\n"));
    if (request.body.length > 0 || !request.isSafe()) {
      head.append("Content-Length: ").append(request.body.length).append("\r\n");
    }
    return join(Mutator.latin(head.append("\r\n").toString()), request.body);
  }

  static byte[] join(byte[] one, byte[] other) {
    byte[] all = java.util.Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, all, one.length, other.length);
    return all;
  }

  /** Whether these bytes begin with a HEAD, whose answer has no body. */
  static boolean isHead(byte[] request) {
    return HEAD.matcher(new String(request, StandardCharsets.ISO_8859_1)).lookingAt();
  }

  /** The next final answer; null if the connection ends before one is complete. */
  static Answer read(Wire wire, boolean toHead) throws IOException {
    while (true) {
      String head = head(wire);
      if (head == null) {
        return null;
      }
      String[] lines = head.split("\r\n");
      Matcher status = STATUS.matcher(lines[0]);
      check(status.matches(), "no status line: " + lines[0]);
      int code = Integer.parseInt(status.group(1));
      Map<String, String> headers = headers(lines);
      if (code / 100 == 1) {
        continue;
      }
      byte[] body = toHead || code == 204 || code == 304 ? new byte[0] : body(wire, headers);
      return body == null ? null : new Answer(code, headers, body);
    }
  }

  private static Map<String, String> headers(String[] lines) {
    Map<String, String> headers = new HashMap<>();
    for (int i = 1; i < lines.length; i++) {
      Matcher header = HEADER.matcher(lines[i]);
      check(header.matches(), "no header: " + lines[i]);
      String name = header.group(1).toLowerCase(Locale.ROOT);
      check(headers.put(name, header.group(2)) == null, "twice in a head: " + name);
    }
    return headers;
  }

  private static String head(Wire wire) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || head.lastIndexOf("\r\n\r\n") != head.length() - 4) {
      int b = wire.read();
      if (b < 0) {
        return null;
      }
      head.append((char) b);
      check(head.length() < MAX_HEAD, "a head without end: " + head);
    }
    return head.toString();
  }

  private static byte[] body(Wire wire, Map<String, String> headers) throws IOException {
    String coding = headers.get("transfer-encoding");
    String length = headers.get("content-length");
    if (coding != null) {
      check(coding.equals("chunked") && length == null, "framed by " + headers);
      return chunks(wire);
    }
    check(length != null && length.matches("0|[1-9][0-9]{0,8}"), "framed by " + headers);
    return wire.read(Integer.parseInt(length));
  }

  private static byte[] chunks(Wire wire) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      StringBuilder line = new StringBuilder();
      while (line.lastIndexOf("\r\n") < 0) {
        int b = wire.read();
        if (b < 0) {
          return null;
        }
        line.append((char) b);
      }
      check(line.toString().matches("[0-9a-fA-F]{1,8}\r\n"), "no chunk: " + line);
      byte[] chunk = wire.read(Integer.parseInt(line.toString().strip(), 16) + 2);
      if (chunk == null) {
        return null;
      }
      check(
          chunk[chunk.length - 2] == '\r' && chunk[chunk.length - 1] == '\n', "no end of a chunk");
      if (chunk.length == 2) {
        return body.toByteArray();
      }
      body.write(chunk, 0, chunk.length - 2);
    }
  }

  private static void check(boolean so, String what) {
    if (!so) {
      throw new AssertionError("not a well-formed answer: " + what);
    }
  }
}
