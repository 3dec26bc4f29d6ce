package dev.doorbell.service.cli;

import dev.doorbell.service.cli.text.Quantity;
import dev.doorbell.service.cli.text.TextTable;
import dev.doorbell.service.client.Completion;
import dev.doorbell.service.client.Document;
import dev.doorbell.service.client.RemoteNamespace;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** {@code doorbell stats}: the accounting of a namespace, once or again and again. */
final class StatsCommand extends RemoteCommand {
  private static final String WATCH = "--watch";
  private static final String COUNT = "--count";
  private static final OperationCounts NOTHING =
      new OperationCounts(0, 0, 0, 0, 0, 0, new TreeMap<>());

  StatsCommand(Surroundings surroundings) {
    super(surroundings);
    OptionSpecs.argument(spec(), 0, true, "NAMESPACE");
    OptionSpecs.value(spec(), "SECONDS", "Again and again, until ended.", "-w", WATCH);
    OptionSpecs.value(spec(), "N", "With --watch: how often.", COUNT);
    OptionSpecs.output(spec());
    Session.addTo(spec());
    RemoteHelp.stats(spec());
  }

  @Override
  int run(Session session) throws IOException, InterruptedException {
    boolean watch = session.value(WATCH).isPresent();
    long pause = TimeUnit.SECONDS.toNanos(session.whole(WATCH, 1, 1, 86_400));
    int count = session.whole(COUNT, watch ? Integer.MAX_VALUE : 1, 1, Integer.MAX_VALUE);
    RemoteNamespace namespace = session.namespace(session.required(0));
    Map<String, OperationCounts> before = Map.of();
    long then = session.console().nanoTime().getAsLong();
    for (int i = 0; i < count; i++) {
      if (i > 0 || watch && !session.json()) {
        if (i == 0) {
          before = operations(Completion.await(namespace.get("statistics")));
        }
        session.console().sleeper().sleep(pause);
      }
      Document document = Completion.await(namespace.get("statistics"));
      long now = session.console().nanoTime().getAsLong();
      Map<String, OperationCounts> operations = operations(document);
      if (session.json()) {
        session.print(document.text() + "\n");
      } else if (watch) {
        session.print(rates(document.object(), operations, before, now - then));
      } else {
        session.print(totals(document.object(), operations));
      }
      before = operations;
      then = now;
    }
    return ExitCode.OK;
  }

  private static Map<String, OperationCounts> operations(Document document) throws IOException {
    Map<String, OperationCounts> all = new LinkedHashMap<>();
    if (document.object().get("operations") instanceof Map<?, ?> operations) {
      operations.forEach(
          (name, counts) -> all.put((String) name, OperationCounts.of((Map<?, ?>) counts)));
    }
    return all;
  }

  private static String totals(Map<String, Object> json, Map<String, OperationCounts> operations) {
    TextTable table =
        new TextTable(
            List.of(
                "OPERATION", "DONE", "BYTES", "MEAN", "P50", "P99", "FAILED", "INVALID", "MERGED"));
    operations.forEach(
        (name, c) -> {
          if (!c.nothing()) {
            table.row(
                name,
                c.done(),
                Quantity.bytes(c.bytes()),
                Quantity.time(c.meanNanos()),
                bound(c, 0.5),
                bound(c, 0.99),
                c.failed(),
                c.invalid(),
                c.merged());
          }
        });
    return "%s: %s in flight, %s waiting, stopped %s times%n%s"
        .formatted(
            json.get("namespace"),
            json.get("in_flight"),
            json.get("waiting"),
            json.get("stops"),
            table.text());
  }

  private static String rates(
      Map<String, Object> json,
      Map<String, OperationCounts> operations,
      Map<String, OperationCounts> before,
      long nanos) {
    double seconds = Math.max(nanos, 1) / 1e9;
    StringBuilder text = new StringBuilder();
    operations.forEach(
        (name, counts) -> {
          OperationCounts c = counts.since(before.getOrDefault(name, NOTHING));
          if (!c.nothing()) {
            text.append(text.isEmpty() ? "" : "   ");
            text.append(
                "%s %.0f/s %s/s mean %s p99 %s"
                    .formatted(
                        name,
                        c.done() / seconds,
                        Quantity.bytes(c.bytes() / seconds),
                        Quantity.time(c.meanNanos()),
                        bound(c, 0.99)));
            text.append(c.failed() > 0 ? ", " + c.failed() + " failed" : "");
          }
        });
    String state = "   (" + json.get("in_flight") + " in flight)\n";
    return (text.isEmpty() ? "idle" : text.toString()) + state;
  }

  private static String bound(OperationCounts counts, double share) {
    long nanos = counts.percentile(share);
    if (nanos < 0) {
      return "-";
    }
    return nanos == Long.MAX_VALUE ? "more" : Quantity.time(nanos);
  }
}
