package dev.doorbell.service.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Reads the members of a JSON object. A mistake ends the request: 400, with the member, its value
 * and what is allowed.
 */
final class Members {
  private static final int SHOWN = 40;

  private final Map<String, Object> members;
  private final String prefix;

  private Members(Map<String, Object> members, String prefix, List<String> allowed) {
    this.members = members;
    this.prefix = prefix;
    for (String name : members.keySet()) {
      if (!allowed.contains(name)) {
        throw new ProblemException(
            problem(
                prefix + shown(name),
                "there is no member '%s'; there are: %s"
                    .formatted(prefix + shown(name), String.join(", ", allowed))));
      }
    }
  }

  /** The members of a body; a body that is empty has none. */
  static Members of(Buffer body, String... allowed) {
    if (body.length() == 0) {
      return new Members(Map.of(), "", List.of(allowed));
    }
    JsonObject json;
    try {
      json = new JsonObject(body);
    } catch (DecodeException | ClassCastException e) {
      throw new ProblemException(
          Problem.of(400, "Malformed Body", "the body is no JSON object: " + reason(e)));
    }
    return new Members(json.getMap(), "", List.of(allowed));
  }

  boolean has(String name) {
    return members.containsKey(name);
  }

  /** A whole number that must be there. */
  long number(String name, long least, long most) {
    return number(name, null, least, most);
  }

  long number(String name, Long fallback, long least, long most) {
    Object value = members.get(name);
    if (value == null && fallback != null && !members.containsKey(name)) {
      return fallback;
    }
    boolean whole = value instanceof Integer || value instanceof Long;
    long number = whole ? ((Number) value).longValue() : 0;
    if (!whole || number < least || number > most) {
      throw wrong(name, "a whole number from " + least + " to " + most);
    }
    return number;
  }

  boolean flag(String name, Boolean fallback) {
    if (!members.containsKey(name) && fallback != null) {
      return fallback;
    }
    if (members.get(name) instanceof Boolean value) {
      return value;
    }
    throw wrong(name, "true or false");
  }

  /** Bytes in base64 (RFC 4648, 4), at least one. */
  byte[] bytes(String name, int most) {
    if (members.get(name) instanceof String text && !text.isEmpty()) {
      try {
        byte[] bytes = Base64.getDecoder().decode(text);
        if (bytes.length > 0 && bytes.length <= most) {
          return bytes;
        }
      } catch (IllegalArgumentException e) {
        throw wrong(name, "base64; " + e.getMessage());
      }
    }
    throw wrong(name, "1 to " + most + " bytes in base64");
  }

  /** Objects in an array, 1 to {@code most}. */
  List<Members> objects(String name, int most, String... allowed) {
    if (!(array(name) instanceof List<?> elements)
        || elements.isEmpty()
        || elements.size() > most) {
      throw wrong(name, "an array of 1 to " + most + " objects");
    }
    List<Members> objects = new ArrayList<>(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      String where = prefix + name + "[" + i + "]";
      if (!(object(elements.get(i)) instanceof Map<?, ?> map)) {
        throw new ProblemException(problem(where, where + " is no object"));
      }
      @SuppressWarnings("unchecked")
      Map<String, Object> typed = (Map<String, Object>) map;
      objects.add(new Members(typed, where + ".", List.of(allowed)));
    }
    return objects;
  }

  /** Refuses a member for what its value means. */
  ProblemException refused(String name, String why) {
    String where = prefix + name;
    return new ProblemException(
        problem(where, "%s is %s; %s".formatted(where, shown(members.get(name)), why)));
  }

  private ProblemException wrong(String name, String allowed) {
    String where = prefix + name;
    return new ProblemException(
        problem(
            where,
            members.containsKey(name)
                ? "%s is %s; allowed is %s".formatted(where, shown(members.get(name)), allowed)
                : "%s is missing; allowed is %s".formatted(where, allowed)));
  }

  private Object array(String name) {
    Object value = members.get(name);
    return value instanceof JsonArray array ? array.getList() : value;
  }

  private static Object object(Object value) {
    return value instanceof JsonObject object ? object.getMap() : value;
  }

  private static Problem problem(String member, String detail) {
    return Problem.of(400, "Malformed Body", detail).with("member", member);
  }

  /** Not more of what a client sent than tells it what is meant. */
  private static String shown(Object value) {
    String text = String.valueOf(value);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  private static String reason(RuntimeException e) {
    if (e instanceof ClassCastException || e.getMessage() == null) {
      return "it is something else";
    }
    return e.getMessage().lines().findFirst().orElse("").replace("Failed to decode:", "").strip();
  }
}
