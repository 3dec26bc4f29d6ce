package dev.doorbell.service.contract;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.OutputUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a value departs from its schema, in words for whoever sent it: which member, what it is,
 * and what is allowed.
 *
 * @param member for example {@code extents[3].offset}; empty for the value as a whole
 */
public record Mistake(String member, String detail) {
  private static final int SHOWN = 40;
  private static final String UNKNOWN = "additionalProperties";

  /** Keywords that only say that something below them is wrong. */
  private static final Set<String> ABOVE = Set.of("properties", "items", "$ref", UNKNOWN);

  /** Steps into a value and its schema, side by side. */
  private record Place(String member, Object value, boolean there, JsonObject schema) {}

  /**
   * The mistake that helps most: a member that there is not, which is often a misspelt one, and
   * else the first.
   *
   * @param found what the validator has to say
   * @param what the value is, where the mistake is not in a member of it
   * @param schema without references
   */
  public static Mistake of(OutputUnit found, String what, Object value, JsonObject schema) {
    OutputUnit first = null;
    for (OutputUnit error : found.getErrors()) {
      String keyword = last(error.getKeywordLocation());
      if (keyword.equals(UNKNOWN)) {
        // The name itself is escaped in ways that cannot be undone; those above it are the
        // schema's.
        Place holder = place(path(holder(error.getInstanceLocation())), value, schema);
        JsonObject known = holder.schema.getJsonObject("properties", new JsonObject());
        for (String name : ((JsonObject) holder.value).fieldNames()) {
          if (!known.containsKey(name)) {
            return unknown(join(holder.member, shown(name)), known);
          }
        }
      } else if (first == null && !ABOVE.contains(keyword)) {
        first = error;
      }
    }
    if (first == null) {
      return new Mistake("", what + " is not what the contract says");
    }
    Place place = place(path(first.getInstanceLocation()), value, schema);
    if (last(first.getKeywordLocation()).equals("required")) {
      place = missing(place);
    }
    return new Mistake(place.member, said(place, what));
  }

  private static Mistake unknown(String member, JsonObject known) {
    return new Mistake(
        member,
        known.isEmpty()
            ? "there is no member '%s'; there are none".formatted(member)
            : "there is no member '%s'; there are: %s"
                .formatted(member, String.join(", ", known.fieldNames())));
  }

  private static String said(Place place, String what) {
    if (place.member.isEmpty() && place.schema.getString("type", "").equals("object")) {
      return what + " is no JSON object: it is " + shown(place.value);
    }
    String subject = place.member.isEmpty() ? what : place.member;
    return place.there
        ? "%s is %s; allowed is %s".formatted(subject, shown(place.value), allowed(place.schema))
        : "%s is missing; allowed is %s".formatted(subject, allowed(place.schema));
  }

  /** The first member that must be there and is not. */
  private static Place missing(Place holder) {
    JsonObject members = (JsonObject) holder.value;
    for (Object name : holder.schema.getJsonArray("required")) {
      if (!members.containsKey((String) name)) {
        JsonObject schema = holder.schema.getJsonObject("properties").getJsonObject((String) name);
        return new Place(join(holder.member, (String) name), null, false, schema);
      }
    }
    return holder;
  }

  private static Place place(List<String> path, Object value, JsonObject schema) {
    Place place = new Place("", value, true, schema);
    for (String step : path) {
      if (place.value instanceof JsonArray array) {
        place =
            new Place(
                place.member + "[" + step + "]",
                array.getValue(Integer.parseInt(step)),
                true,
                place.schema.getJsonObject("items"));
      } else {
        place =
            new Place(
                join(place.member, step),
                ((JsonObject) place.value).getValue(step),
                true,
                place.schema.getJsonObject("properties").getJsonObject(step));
      }
    }
    return place;
  }

  /** What a schema allows, in words; as much of JSON Schema as the contract uses. */
  public static String allowed(JsonObject schema) {
    if (schema.containsKey("enum")) {
      return schema.getJsonArray("enum").stream()
          .map(String::valueOf)
          .collect(Collectors.joining(", ", "one of ", ""));
    }
    return switch (schema.getString("type", "")) {
      case "integer" -> "a whole number" + bounds(schema, "minimum", "maximum", " from ");
      case "number" -> "a number" + numbers(schema);
      case "boolean" -> "true or false";
      case "array" -> "an array of" + count(schema, "minItems", "maxItems") + items(schema);
      case "object" -> "an object";
      case "string" ->
          "base64".equals(schema.getString("contentEncoding"))
              ? "bytes in base64, at least one"
              : "text of" + count(schema, "minLength", "maxLength") + " characters";
      default -> "something else";
    };
  }

  private static String bounds(JsonObject schema, String least, String most, String from) {
    StringBuilder text = new StringBuilder();
    if (schema.containsKey(least)) {
      text.append(from).append(schema.getValue(least));
    }
    if (schema.containsKey(most)) {
      text.append(" to ").append(schema.getValue(most));
    } else if (schema.containsKey(least)) {
      text.append(" to ").append(Long.MAX_VALUE);
    }
    return text.toString();
  }

  private static String numbers(JsonObject schema) {
    return (schema.containsKey("exclusiveMinimum")
            ? " above " + schema.getValue("exclusiveMinimum")
            : "")
        + (schema.containsKey("maximum") ? ", at most " + schema.getValue("maximum") : "");
  }

  private static String count(JsonObject schema, String least, String most) {
    if (!schema.containsKey(most)) {
      return schema.containsKey(least) ? " at least " + schema.getValue(least) : " any number of";
    }
    return " " + schema.getValue(least, 0) + " to " + schema.getValue(most);
  }

  private static String items(JsonObject schema) {
    JsonObject items = schema.getJsonObject("items", new JsonObject());
    return items.getString("type", "").equals("object") ? " objects" : " elements";
  }

  /** The steps of a JSON Pointer in a fragment (RFC 6901, 6) to a member that the schema knows. */
  private static List<String> path(String location) {
    return Arrays.stream(location.substring(1).split("/")).filter(s -> !s.isEmpty()).toList();
  }

  private static String holder(String location) {
    return location.substring(0, location.lastIndexOf('/'));
  }

  private static String last(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }

  private static String join(String holder, String name) {
    return holder.isEmpty() ? name : holder + "." + name;
  }

  /** Not more of what a client sent than tells it what is meant. */
  private static String shown(Object value) {
    String text = value instanceof String string ? string : Json.encode(value);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
