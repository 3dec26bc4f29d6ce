package dev.doorbell.service.e2e;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which metrics and labels a PromQL expression names: as much of the language as ours use. */
final class PromQl {
  private static final Pattern STRING = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern RANGE = Pattern.compile("\\[[^]]*]");
  private static final Pattern OFFSET = Pattern.compile("\\boffset\\s+-?\\w+");
  private static final Pattern MATCHERS = Pattern.compile("\\{([^}]*)}");
  private static final Pattern CLAUSE =
      Pattern.compile(
          "\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern LABEL = Pattern.compile("[a-zA-Z_]\\w*");
  private static final Pattern NAME = Pattern.compile("(?<![\\w.$:])[a-zA-Z_:][\\w:]*(\\s*\\()?");
  private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool");

  private final Set<String> metrics = new TreeSet<>();
  private final Set<String> labels = new TreeSet<>();

  PromQl(String expression) {
    String rest = STRING.matcher(expression).replaceAll("\"\"");
    rest = RANGE.matcher(rest).replaceAll(" ");
    rest = OFFSET.matcher(rest).replaceAll(" ");
    rest = takeLabels(MATCHERS, rest);
    rest = takeLabels(CLAUSE, rest);
    Matcher names = NAME.matcher(rest);
    while (names.find()) {
      boolean function = names.group(1) != null;
      if (!function && !WORDS.contains(names.group())) {
        metrics.add(names.group());
      }
    }
  }

  private String takeLabels(Pattern pattern, String expression) {
    Matcher matcher = pattern.matcher(expression);
    StringBuilder rest = new StringBuilder();
    while (matcher.find()) {
      Matcher label = LABEL.matcher(matcher.group(1));
      while (label.find()) {
        labels.add(label.group());
      }
      matcher.appendReplacement(rest, " ");
    }
    return matcher.appendTail(rest).toString();
  }

  Set<String> metrics() {
    return metrics;
  }

  Set<String> labels() {
    return labels;
  }
}
