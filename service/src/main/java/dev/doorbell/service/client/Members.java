package dev.doorbell.service.client;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/** Members of JSON objects that must be there. */
final class Members {
  private Members() {}

  static String text(Map<String, Object> json, String name) throws BrokenAnswerException {
    if (json.get(name) instanceof String text) {
      return text;
    }
    throw missing(json, name);
  }

  static long number(Map<String, Object> json, String name) throws BrokenAnswerException {
    if (json.get(name) instanceof Number number) {
      return number.longValue();
    }
    throw missing(json, name);
  }

  /** An object, or null if it is not there. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Map<String, Object> json, String name) {
    return object(json.get(name));
  }

  /** A value as an object, or null if it is none. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object value) {
    if (value instanceof JsonObject object) {
      return object.getMap();
    }
    return value instanceof Map<?, ?> map ? (Map<String, Object>) map : null;
  }

  private static BrokenAnswerException missing(Map<String, Object> json, String name) {
    return new BrokenAnswerException(
        "the answer has no usable '%s' (%s): is this Doorbell?".formatted(name, json.keySet()),
        null);
  }
}
