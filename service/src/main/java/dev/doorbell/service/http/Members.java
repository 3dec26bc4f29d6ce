package dev.doorbell.service.http;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Reads the members of a JSON object that keeps the contract: they are there, and of their types.
 * What the contract cannot know, such as what a drive takes at once, is asked for here. A mistake
 * ends the request: 400, with the member, its value and what is allowed.
 */
final class Members {
  private static final int SHOWN = 40;

  private final JsonObject members;
  private final String prefix;

  private Members(JsonObject members, String prefix) {
    this.members = members;
    this.prefix = prefix;
  }

  static Members of(JsonObject members) {
    return new Members(members, "");
  }

  boolean has(String name) {
    return members.containsKey(name);
  }

  /** A whole number that must be there. */
  long number(String name, long least, long most) {
    return number(name, null, least, most);
  }

  /** A whole number; however it is written, as 1000 or 1e3. */
  long number(String name, Long fallback, long least, long most) {
    Object value = members.getValue(name);
    if (value == null && fallback != null) {
      return fallback;
    }
    try {
      long number =
          value instanceof Integer || value instanceof Long
              ? ((Number) value).longValue()
              : new BigDecimal(String.valueOf(value)).longValueExact();
      if (number >= least && number <= most) {
        return number;
      }
    } catch (ArithmeticException e) {
      // More than 64 bits: as too large as anything beyond the limit.
    }
    throw wrong(name, "a whole number from " + least + " to " + most);
  }

  boolean flag(String name, Boolean fallback) {
    return members.getBoolean(name, fallback);
  }

  /** One of the texts that the contract lists. */
  String text(String name, String fallback) {
    return members.getString(name, fallback);
  }

  /** Bytes in base64 (RFC 4648, 4), at least one. */
  byte[] bytes(String name, int most) {
    try {
      byte[] bytes = Base64.getDecoder().decode(members.getString(name));
      if (bytes.length > 0 && bytes.length <= most) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      throw wrong(name, "base64; " + e.getMessage());
    }
    throw wrong(name, "1 to " + most + " bytes in base64");
  }

  /** Objects in an array, at most {@code most}. */
  List<Members> objects(String name, int most) {
    JsonArray elements = members.getJsonArray(name);
    if (elements.size() > most) {
      throw wrong(name, "an array of 1 to " + most + " objects");
    }
    List<Members> objects = new ArrayList<>(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      objects.add(new Members(elements.getJsonObject(i), prefix + name + "[" + i + "]."));
    }
    return objects;
  }

  /** Refuses a member for what its value means. */
  ProblemException refused(String name, String why) {
    String where = prefix + name;
    return problem(where, "%s is %s; %s".formatted(where, shown(name), why));
  }

  private ProblemException wrong(String name, String allowed) {
    String where = prefix + name;
    return problem(where, "%s is %s; allowed is %s".formatted(where, shown(name), allowed));
  }

  private static ProblemException problem(String member, String detail) {
    return Problem.of(400, "Malformed Body", detail).with("member", member).asException();
  }

  /** Not more of what a client sent than tells it what is meant. */
  private String shown(String name) {
    Object value = members.getValue(name);
    String text = value instanceof String string ? string : Json.encode(value);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
