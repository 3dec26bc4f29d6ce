package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockSettings;
import dev.doorbell.service.block.ErrorPolicy;
import dev.doorbell.service.block.WriteCacheMode;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Reads the settings of a namespace from JSON: what is left out stays as it is. */
final class PolicyReader {
  private static final List<String> MEMBERS =
      List.of(
          "read_errors",
          "write_errors",
          "write_cache",
          "merge",
          "read_only",
          "max_waiting",
          "operations_per_second",
          "bytes_per_second",
          "burst_ms");

  private final Map<String, Object> members;

  private PolicyReader(Map<String, Object> members) {
    this.members = members;
  }

  /**
   * The settings that come of {@code before} and a request.
   *
   * @throws IllegalArgumentException that says which member is wrong, and what is allowed
   */
  static BlockSettings read(JsonObject json, BlockSettings before) {
    Map<String, Object> members = json.getMap();
    for (String member : members.keySet()) {
      if (!MEMBERS.contains(member)) {
        throw new IllegalArgumentException(
            "there is no member '" + member + "'; there are: " + String.join(", ", MEMBERS));
      }
    }
    PolicyReader in = new PolicyReader(members);
    return new BlockSettings(
        in.choice("read_errors", ErrorPolicy.values(), ErrorPolicy::text, before.readErrors()),
        in.choice("write_errors", ErrorPolicy.values(), ErrorPolicy::text, before.writeErrors()),
        in.choice(
            "write_cache", WriteCacheMode.values(), WriteCacheMode::text, before.writeCache()),
        in.flag("merge", before.merge()),
        in.flag("read_only", before.readOnly()),
        (int) in.number("max_waiting", before.maxWaiting(), BlockSettings.MAX_WAITING),
        in.number("operations_per_second", before.operationsPerSecond(), Long.MAX_VALUE),
        in.number("bytes_per_second", before.bytesPerSecond(), Long.MAX_VALUE),
        (int) in.number("burst_ms", before.burstMillis(), BlockSettings.MAX_BURST_MILLIS));
  }

  private <T> T choice(String name, T[] values, Function<T, String> text, T fallback) {
    if (!members.containsKey(name)) {
      return fallback;
    }
    for (T value : values) {
      if (text.apply(value).equals(members.get(name))) {
        return value;
      }
    }
    List<String> allowed = Arrays.stream(values).map(text).toList();
    throw wrong(name, "one of " + String.join(", ", allowed));
  }

  private boolean flag(String name, boolean fallback) {
    if (!members.containsKey(name)) {
      return fallback;
    }
    if (members.get(name) instanceof Boolean value) {
      return value;
    }
    throw wrong(name, "true or false");
  }

  private long number(String name, long fallback, long most) {
    if (!members.containsKey(name)) {
      return fallback;
    }
    Object value = members.get(name);
    boolean whole = value instanceof Integer || value instanceof Long;
    long number = whole ? ((Number) value).longValue() : -1;
    long least = name.equals("burst_ms") ? 1 : 0;
    if (number < least || number > most) {
      throw wrong(name, "a whole number from " + least + " to " + most);
    }
    return number;
  }

  private IllegalArgumentException wrong(String name, String allowed) {
    return new IllegalArgumentException(
        "%s is %s; allowed is %s".formatted(name, members.get(name), allowed));
  }
}
