package dev.doorbell.service.mutation;

import java.util.List;
import java.util.Random;

/** Random changes to requests: those of values, and those of bytes on the wire. */
final class Mutator {
  /** What is known to be near the edge of some parser. */
  private static final List<String> TROUBLE =
      List.of(
          "",
          " ",
          "\t",
          "0",
          "-1",
          "-0",
          "+1",
          "00000000000000000000001",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551615",
          "99999999999999999999",
          "1e3",
          "0x10",
          "*",
          "bytes",
          "bytes=",
          "bytes ",
          "bytes */*",
          "bytes=-",
          "bytes=0-0,-1",
          ",",
          ";",
          "=",
          "\"",
          "\\",
          "%",
          "%00",
          "%2e%2e",
          "%zz",
          "..",
          "//",
          "?",
          "#",
          "\u0000",
          "\u007f",
          "\u00ff",
          "identity",
          "gzip",
          "100-continue",
          "sha-256=:AAAA:",
          "crc32c=:AAAAAA==:",
          "multipart/byteranges",
          "multipart/byteranges; boundary=\"\"",
          "durability=",
          "durability=volatile, durability=durable",
          "{}",
          "[]",
          "null",
          "{\"offset\":-1}",
          "nvme0n1",
          "a".repeat(300));

  private static final List<String> NAMES =
      List.of(
          "Range",
          "Content-Range",
          "If-Range",
          "Prefer",
          "Expect",
          "Content-Encoding",
          "Content-Type",
          "Content-Digest",
          "Want-Content-Digest",
          "Idempotency-Key",
          "Accept",
          "Accept-Encoding",
          "If-Match",
          "If-None-Match",
          "If-Modified-Since",
          "Origin",
          "Via",
          "TE",
          "Cookie",
          "X-Any");

  private static final List<String> METHODS =
      List.of(
          "GET",
          "HEAD",
          "PUT",
          "POST",
          "PATCH",
          "QUERY",
          "DELETE",
          "OPTIONS",
          "TRACE",
          "get",
          "M-SEARCH");

  private final Random random;

  Mutator(Random random) {
    this.random = random;
  }

  /** Changes what the request says, one to three times, and leaves its framing alone. */
  void values(MutableRequest request) {
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      switch (random.nextInt(8)) {
        case 0 -> request.method = random.nextInt(3) == 0 ? text(request.method) : any(METHODS);
        case 1 -> request.target = target(request.target);
        case 2 -> request.with(any(NAMES), any(TROUBLE));
        case 3 -> request.body = body(request.body);
        default -> header(request);
      }
    }
  }

  private void header(MutableRequest request) {
    if (request.headers.isEmpty()) {
      request.with(any(NAMES), any(TROUBLE));
      return;
    }
    int at = random.nextInt(request.headers.size());
    String[] header = request.headers.get(at);
    switch (random.nextInt(6)) {
      case 0 -> request.headers.remove(at);
      case 1 -> request.with(header[0], header[1]);
      case 2 -> request.with(header[0], text(header[1]));
      default -> header[1] = text(header[1]);
    }
  }

  /** A mutation that stays within the line. */
  private String text(String text) {
    int at = random.nextInt(text.length() + 1);
    int end = Math.min(text.length(), at + random.nextInt(4));
    String mutated =
        switch (random.nextInt(5)) {
          case 0 -> text.substring(0, at) + any(TROUBLE) + text.substring(end);
          case 1 -> text.substring(0, at) + text.substring(end);
          case 2 -> text + "," + text;
          case 3 -> text.substring(0, at) + (char) random.nextInt(256) + text.substring(end);
          default -> text.substring(0, at) + random.nextInt(70_000) + text.substring(end);
        };
    return mutated.replace('\r', ' ').replace('\n', ' ');
  }

  /** Without spaces, which would end the target. */
  private String target(String target) {
    return text(target).replace(' ', '+').replace('\t', '+').replace('\u0000', '0');
  }

  private byte[] body(byte[] body) {
    if (body.length == 0 || random.nextInt(4) == 0) {
      return new byte[random.nextInt(1024)];
    }
    byte[] mutated = body.clone();
    mutated[random.nextInt(body.length)] = (byte) random.nextInt();
    return random.nextBoolean()
        ? mutated
        : java.util.Arrays.copyOf(mutated, random.nextInt(2 * body.length));
  }

  /** Changes bytes on the wire, one to four times. */
  byte[] bytes(byte[] wire) {
    byte[] mutated = wire;
    for (int n = 1 + random.nextInt(4); n > 0 && mutated.length > 0; n--) {
      int at = random.nextInt(mutated.length);
      int length = Math.min(mutated.length - at, 1 + random.nextInt(32));
      mutated =
          switch (random.nextInt(6)) {
            case 0 -> splice(mutated, at, length, new byte[0]);
            case 1 ->
                splice(mutated, at, 0, java.util.Arrays.copyOfRange(mutated, at, at + length));
            case 2 -> splice(mutated, at, 0, latin(any(TROUBLE)));
            case 3 -> splice(mutated, at, 0, latin(random.nextBoolean() ? "\r\n" : "\n"));
            case 4 -> java.util.Arrays.copyOf(mutated, at);
            default -> splice(mutated, at, 1, new byte[] {(byte) random.nextInt()});
          };
    }
    return mutated;
  }

  /** Bytes as text, for messages. */
  static String text(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(bytes.length, 300); i++) {
      int b = bytes[i] & 0xff;
      text.append(b >= ' ' && b < 127 ? String.valueOf((char) b) : "\\x%02x".formatted(b));
    }
    return text.toString();
  }

  <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  static byte[] latin(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  private static byte[] splice(byte[] bytes, int at, int length, byte[] with) {
    byte[] spliced = new byte[bytes.length - length + with.length];
    System.arraycopy(bytes, 0, spliced, 0, at);
    System.arraycopy(with, 0, spliced, at, with.length);
    System.arraycopy(bytes, at + length, spliced, at + with.length, bytes.length - at - length);
    return spliced;
  }
}
