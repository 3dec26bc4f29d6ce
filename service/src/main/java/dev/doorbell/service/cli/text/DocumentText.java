package dev.doorbell.service.cli.text;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A JSON document as lines for people: names and values, lists of objects as tables. */
public final class DocumentText {
  private DocumentText() {}

  /** The members of an object, a line each, what is nested indented below. */
  public static String of(Map<?, ?> members) {
    StringBuilder text = new StringBuilder();
    append(text, members, "");
    return text.toString();
  }

  private static void append(StringBuilder text, Map<?, ?> members, String indent) {
    int width =
        members.entrySet().stream()
            .filter(e -> scalar(e.getValue()))
            .mapToInt(e -> e.getKey().toString().length())
            .max()
            .orElse(0);
    for (Map.Entry<?, ?> member : members.entrySet()) {
      String name = member.getKey().toString();
      Object value = member.getValue();
      if (value instanceof Map<?, ?> object) {
        text.append(indent).append(name).append('\n');
        append(text, object, indent + "  ");
      } else if (value instanceof List<?> list && !scalar(list)) {
        text.append(indent).append(name).append('\n');
        table(list).lines().forEach(line -> text.append(indent + "  ").append(line).append('\n'));
      } else {
        String pad = " ".repeat(width - name.length() + 2);
        text.append(indent).append(name).append(pad).append(value(name, value)).append('\n');
      }
    }
  }

  /** Objects as rows, with a column for each name that one of them has. */
  public static String table(List<?> items) {
    if (items.isEmpty()) {
      return "none\n";
    }
    if (!items.stream().allMatch(Map.class::isInstance)) {
      return items.stream().map(i -> value("", i) + "\n").collect(Collectors.joining());
    }
    List<String> names =
        items.stream()
            .flatMap(i -> ((Map<?, ?>) i).keySet().stream())
            .map(Object::toString)
            .distinct()
            .toList();
    TextTable table =
        new TextTable(names.stream().map(n -> n.toUpperCase(java.util.Locale.ROOT)).toList());
    for (Object item : items) {
      Map<?, ?> row = (Map<?, ?>) item;
      table.row(names.stream().map(n -> row.containsKey(n) ? value(n, row.get(n)) : "-").toArray());
    }
    return table.text();
  }

  private static boolean scalar(Object value) {
    return !(value instanceof Map)
        && !(value instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance));
  }

  private static String value(String name, Object value) {
    if (value instanceof List<?> list) {
      return list.isEmpty()
          ? "none"
          : list.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
    if (value instanceof Number number && name.endsWith("_bytes") && number.longValue() >= 1024) {
      return number + " (" + Quantity.bytes(number.doubleValue()) + ")";
    }
    return String.valueOf(value);
  }
}
