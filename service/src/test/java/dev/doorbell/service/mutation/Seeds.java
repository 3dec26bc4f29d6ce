package dev.doorbell.service.mutation;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Requests that make sense, or nearly, for mutations to begin with. */
final class Seeds {
  private static final String BOUNDARY = "THE_BOUNDARY";

  private Seeds() {}

  /** One of them, on a namespace of 512-byte blocks. */
  static MutableRequest any(String namespace, int capacity, Random random) {
    String ns = "/v1/namespaces/" + namespace;
    int first = random.nextInt(capacity);
    int length = 1 + random.nextInt(Math.min(capacity - first, 4096));
    int last = first + length - 1;
    String range = first + "-" + last;
    return switch (random.nextInt(20)) {
      case 0, 1, 2 -> get(ns + "/data").with("Range", "bytes=" + range);
      case 3 -> get(ns + "/data").with("Range", "bytes=-" + length);
      case 4 -> get(ns + "/data").with("Range", "bytes=" + several(capacity, random));
      case 5 ->
          get(ns + "/data")
              .with("Range", "bytes=" + range)
              .with("If-Range", "\"x\"")
              .with("Want-Content-Digest", "sha-256=1, crc32c=3");
      case 6 -> new MutableRequest("HEAD", ns + "/data");
      case 7, 8, 9, 10 -> put(ns, length, random).with("Content-Range", "bytes " + range + "/*");
      case 11 ->
          put(ns, length, random)
              .with("Content-Range", "bytes " + range + "/" + capacity)
              .with("Prefer", "durability=volatile");
      case 12 ->
          put(ns, length, random)
              .with("Content-Range", "bytes " + first + "-" + (last + 1) + "/-1");
      case 13 -> put(ns, length, random);
      case 14 ->
          new MutableRequest("PATCH", ns + "/data")
              .with("Content-Type", "multipart/byteranges; boundary=" + BOUNDARY)
              .body(
                  "--%1$s\r\nContent-Range: bytes 0-3/*\r\n\r\nabcd\r\n--%1$s\r\nContent-Range: bytes 512-515/*\r\n\r\nefgh\r\n--%1$s--\r\n"
                      .formatted(BOUNDARY));
      case 15 ->
          new MutableRequest("QUERY", ns + "/data")
              .with("Content-Type", "application/json")
              .with("Accept", "application/octet-stream")
              .body(
                  (length % 2 == 0
                          ? "{\"extents\":[{\"offset\":%d,\"length\":%d}]}"
                          : "[{\"offset\":%d,\"length\":%d}]")
                      .formatted(first, length));
      case 16 ->
          new MutableRequest("POST", ns + "/" + action(random))
              .with("Content-Type", "application/json")
              .with("Idempotency-Key", "\"" + random.nextInt(9) + "\"")
              .body("{\"extents\":[{\"offset\":%d,\"length\":512}]}".formatted(first / 512 * 512));
      case 17 -> new MutableRequest("OPTIONS", ns + "/data");
      case 18 -> get(ns + "/zones?limit=" + length);
      default -> get(List.of(ns, ns + "/statistics", "/v1/controllers", "/livez").get(length % 4));
    };
  }

  private static MutableRequest get(String target) {
    return new MutableRequest("GET", target);
  }

  private static MutableRequest put(String ns, int length, Random random) {
    byte[] body = new byte[length];
    random.nextBytes(body);
    return new MutableRequest("PUT", ns + "/data").body(body);
  }

  private static String several(int capacity, Random random) {
    return String.join(
        ",",
        IntStream.range(0, 2 + random.nextInt(5))
            .mapToObj(i -> random.nextInt(capacity))
            .map(at -> at + "-" + (at + random.nextInt(600)))
            .toList());
  }

  private static String action(Random random) {
    return List.of(
            "flush", "discard", "write-zeroes", "verify", "compare-and-write", "copy", "resume")
        .get(random.nextInt(7));
  }
}
