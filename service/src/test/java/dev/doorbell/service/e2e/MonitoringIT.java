package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules and dashboard speak of metrics that the running service has, and Prometheus takes them. */
class MonitoringIT {
  private static final String RECORDING = "prometheus/rules/recording.yml";
  private static final String ALERTS = "prometheus/rules/alerts.yml";
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+(?: \\d+)?");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");

  /** What Prometheus itself adds to what it scrapes. */
  private static final Set<String> OF_PROMETHEUS = Set.of("up", "ALERTS");

  private static final Set<String> LABELS_OF_PROMETHEUS =
      Set.of("job", "instance", "alertname", "alertstate");

  @TempDir static Path directory;

  private static final Map<String, Set<String>> scraped = new TreeMap<>();

  @BeforeAll
  static void scrapeARunningService() throws IOException {
    try (ServiceProcess doorbell =
        ServiceProcess.serve(
            directory,
            "--drive",
            "emulated:memory?size=4MiB",
            "--drive",
            "emulated:memory?size=4MiB&zone_size=1MiB")) {
      // A series by status is there once there was such an answer.
      Tool.CURL.run("-sS", "-o", "/dev/null", "-r", "0-99", doorbell.data()).ok();
      // A series of a drive's health once its log was read, which happens beside the start.
      doorbell.until(
          "health was read",
          () ->
              Tool.CURL
                  .run("-sS", doorbell.url("/metrics"))
                  .ok()
                  .contains("doorbell_controller_life_used_ratio"));
      String text = Tool.CURL.run("-sSf", doorbell.url("/metrics")).ok();
      for (String line : text.split("\n")) {
        Matcher sample = SAMPLE.matcher(line);
        if (sample.matches()) {
          Set<String> labels = scraped.computeIfAbsent(sample.group(1), name -> new TreeSet<>());
          Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
          while (label.find()) {
            labels.add(label.group(1));
          }
        }
      }
    }
    assertTrue(scraped.containsKey("doorbell_block_operations_total"), scraped::toString);
  }

  @AfterAll
  static void forget() {
    scraped.clear();
  }

  @Test
  void prometheusTakesConfigurationAndRules() {
    Tool.PROMTOOL.run("check", "config", Deploy.file("prometheus/prometheus.yml")).ok();
    Tool.PROMTOOL.run("test", "rules", Deploy.file("prometheus/tests/alerts.yml")).ok();
  }

  @Test
  void everyRuleNamesMetricsThatThereAre() {
    Map<String, String> expressions = new LinkedHashMap<>();
    for (String file : List.of(RECORDING, ALERTS)) {
      Deploy.rules(file)
          .forEach(
              rule -> {
                Object name = rule.getOrDefault("alert", rule.get("record"));
                expressions.put(name.toString(), rule.get("expr").toString());
              });
    }
    assertEquals("", missing(expressions));
  }

  @Test
  void everyPanelNamesMetricsThatThereAre() {
    Map<String, String> expressions = new LinkedHashMap<>();
    JsonObject dashboard = Deploy.json("grafana/dashboards/doorbell.json");
    for (Object each : dashboard.getJsonArray("panels")) {
      JsonObject panel = (JsonObject) each;
      if (panel.getString("type").equals("row")) {
        continue;
      }
      JsonArray targets = panel.getJsonArray("targets");
      assertFalse(targets.isEmpty(), panel::encode);
      for (Object target : targets) {
        expressions.put(
            panel.getString("title") + " " + ((JsonObject) target).getString("refId"),
            ((JsonObject) target).getString("expr"));
      }
    }
    for (Object each : dashboard.getJsonObject("annotations").getJsonArray("list")) {
      JsonObject annotation = (JsonObject) each;
      expressions.put(annotation.getString("name"), annotation.getString("expr"));
    }
    assertTrue(expressions.size() > 50, expressions::toString);
    assertEquals("", missing(expressions));
  }

  @Test
  void panelsDoNotOverlapAndHaveNumbersOfTheirOwn() {
    boolean[][] taken = new boolean[24][500];
    Set<Integer> ids = new HashSet<>();
    for (Object each : Deploy.json("grafana/dashboards/doorbell.json").getJsonArray("panels")) {
      JsonObject panel = (JsonObject) each;
      assertTrue(ids.add(panel.getInteger("id")), panel::encode);
      JsonObject at = panel.getJsonObject("gridPos");
      for (int x = at.getInteger("x"); x < at.getInteger("x") + at.getInteger("w"); x++) {
        for (int y = at.getInteger("y"); y < at.getInteger("y") + at.getInteger("h"); y++) {
          assertFalse(taken[x][y], () -> panel.getString("title") + " lies on another");
          taken[x][y] = true;
        }
      }
    }
  }

  /**
   * Somebody who is woken up needs to know what it is and what to do, and finds it in the README.
   */
  @Test
  void everyAlertSaysWhatToDo() throws IOException {
    String readme = Files.readString(Deploy.ROOT.resolve("README.md"));
    String tests = Deploy.text("prometheus/tests/alerts.yml");
    Deploy.rules(ALERTS)
        .forEach(
            rule -> {
              String name = rule.get("alert").toString();
              Object severity = Deploy.map(rule.get("labels")).get("severity");
              assertTrue(Set.of("critical", "warning").contains(severity), name);
              Map<String, Object> annotations = Deploy.map(rule.get("annotations"));
              for (String text : List.of("summary", "description", "runbook")) {
                assertTrue(annotations.getOrDefault(text, "").toString().length() > 20, name);
              }
              assertTrue(tests.contains("alertname: " + name + "\n"), name + " has no test");
              assertTrue(readme.contains("`" + name + "`"), name + " is not in the README");
            });
  }

  /** What the expressions name and neither the service nor a rule nor Prometheus has. */
  private static String missing(Map<String, String> expressions) {
    Set<String> metrics = new HashSet<>(scraped.keySet());
    metrics.addAll(OF_PROMETHEUS);
    Deploy.rules(RECORDING).forEach(rule -> metrics.add(rule.get("record").toString()));
    Set<String> labels =
        scraped.values().stream()
            .flatMap(Set::stream)
            .collect(Collectors.toCollection(HashSet::new));
    labels.addAll(LABELS_OF_PROMETHEUS);
    StringBuilder missing = new StringBuilder();
    expressions.forEach(
        (where, expression) -> {
          PromQl named = new PromQl(expression);
          assertFalse(named.metrics().isEmpty(), () -> where + " names no metric: " + expression);
          Set<String> unknown = new TreeSet<>(named.metrics());
          unknown.removeAll(metrics);
          Set<String> unknownLabels = new TreeSet<>(named.labels());
          unknownLabels.removeAll(labels);
          unknown.addAll(unknownLabels);
          if (!unknown.isEmpty()) {
            missing.append(where).append(": ").append(unknown).append('\n');
          }
        });
    return missing.toString();
  }

  @Test
  void theReaderOfExpressionsSeesWhatIsNamed() {
    PromQl named =
        new PromQl(
            "sum by (a) (rate(x_total{b=~\"c.d\", e=\"f{g}\"}[5m])) / (h:i:rate5m > 0) and"
                + " absent(j offset 1h) or 0 * vector(1) > on (k) 14.4 * 1e6");
    assertEquals(new TreeSet<>(Arrays.asList("x_total", "h:i:rate5m", "j")), named.metrics());
    assertEquals(new TreeSet<>(Arrays.asList("a", "b", "e", "k")), named.labels());
  }
}
