package dev.doorbell.service.http;

import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Content-Digest and Want-Content-Digest of a request (RFC 9530, 2 and 4): dictionaries of
 * structured fields (RFC 9651, 3.2).
 */
final class DigestFields {
  /** What a client says that the digests of its body are, and what they turn out to be. */
  static final class Expected {
    private final Map<Digest, byte[]> digests;

    private Expected(Map<Digest, byte[]> digests) {
      this.digests = digests;
    }

    void update(io.netty.buffer.ByteBuf bytes) {
      for (Digest digest : digests.keySet()) {
        digest.update(bytes);
      }
    }

    /** Null, or the problem if the body is another than the one the digest is of; once. */
    Problem verify() {
      for (Map.Entry<Digest, byte[]> entry : digests.entrySet()) {
        Digest digest = entry.getKey();
        byte[] actual = digest.value();
        if (!Arrays.equals(actual, entry.getValue())) {
          Base64.Encoder base64 = Base64.getEncoder();
          return Problem.of(
              400,
              "Digest Mismatch",
              "the %s of the body is :%s:, Content-Digest says :%s:; nothing was written"
                  .formatted(
                      digest.algorithm(),
                      base64.encodeToString(actual),
                      base64.encodeToString(entry.getValue())));
        }
      }
      return null;
    }
  }

  /** A field that is not what the grammar allows, or not one that is understood. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    private Malformed(String message) {
      super(message);
    }
  }

  private DigestFields() {}

  /**
   * Content-Digest of a request.
   *
   * @return null if there is none
   */
  static Expected expected(HttpServerRequest request) throws Malformed {
    if (!request.headers().contains(DataHeaders.CONTENT_DIGEST)) {
      return null;
    }
    String field = String.join(",", request.headers().getAll(DataHeaders.CONTENT_DIGEST));
    Map<Digest, byte[]> digests = new LinkedHashMap<>();
    for (Map.Entry<String, String> member : members(field).entrySet()) {
      String value = member.getValue();
      if (value.length() < 2 || !value.startsWith(":") || !value.endsWith(":")) {
        throw new Malformed(
            "Content-Digest '%s': the value of %s is not of the form :base64:"
                .formatted(field, member.getKey()));
      }
      byte[] bytes;
      try {
        bytes = Base64.getDecoder().decode(value.substring(1, value.length() - 1));
      } catch (IllegalArgumentException e) {
        throw new Malformed(
            "Content-Digest '%s': the value of %s is not base64".formatted(field, member.getKey()));
      }
      Digest digest = Digest.of(member.getKey());
      if (digest != null) {
        digests.put(digest, bytes);
      }
    }
    if (digests.isEmpty()) {
      throw new Malformed(
          "Content-Digest '%s' has no algorithm that is understood: sha-256 and crc32c are"
              .formatted(field));
    }
    return new Expected(digests);
  }

  /**
   * The digest that a client wants of the answer most; null if it wants none that there is. What is
   * malformed is ignored, as it is only a wish.
   */
  static Digest wanted(HttpServerRequest request) {
    List<String> fields = request.headers().getAll(DataHeaders.WANT_CONTENT_DIGEST);
    String best = null;
    int most = 0;
    try {
      for (Map.Entry<String, String> member : members(String.join(",", fields)).entrySet()) {
        long weight = Decimal.parse(member.getValue(), 0, member.getValue().length());
        if (weight > most && weight <= 10 && Digest.of(member.getKey()) != null) {
          most = (int) weight;
          best = member.getKey();
        }
      }
    } catch (Malformed e) {
      return null;
    }
    return best == null ? null : Digest.of(best);
  }

  /** The members of a dictionary without their parameters; of two with one name, the last. */
  private static Map<String, String> members(String field) throws Malformed {
    Map<String, String> members = new LinkedHashMap<>();
    for (String element : split(field)) {
      int equals = element.indexOf('=');
      String key = equals < 0 ? element : element.substring(0, equals);
      if (equals < 0 || !key.matches("[a-z*][a-z0-9_.*-]*")) {
        throw new Malformed(
            "'%s' is not of the form algorithm=value, in lower case".formatted(element));
      }
      String value = element.substring(equals + 1);
      int parameters = value.indexOf(';');
      members.remove(key);
      members.put(key, (parameters < 0 ? value : value.substring(0, parameters)).strip());
    }
    return members;
  }

  private static List<String> split(String field) throws Malformed {
    List<String> elements = new ArrayList<>();
    for (String element : field.split(",", -1)) {
      String stripped = element.strip();
      if (stripped.isEmpty()) {
        throw new Malformed("'%s' has an empty member".formatted(field));
      }
      elements.add(stripped);
    }
    return elements;
  }
}
