package dev.doorbell.service.cli;

import dev.doorbell.service.bench.Bench;
import dev.doorbell.service.bench.BenchOptions;
import dev.doorbell.service.bench.BenchResult;
import dev.doorbell.service.cli.text.Json;
import dev.doorbell.service.cli.text.Quantity;
import dev.doorbell.service.cli.text.TextTable;
import dev.doorbell.service.client.Completion;
import dev.doorbell.service.client.Durability;
import dev.doorbell.service.client.RemoteNamespace;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** {@code doorbell bench}: rates and latencies of random requests. */
final class BenchCommand extends RemoteCommand {
  private static final String READS = "--reads";
  private static final String OVERWRITE = "--overwrite";
  private static final double[] PERCENTILES = {50, 90, 99, 99.9};

  BenchCommand(Surroundings surroundings) {
    super(surroundings);
    OptionSpecs.argument(spec(), 0, true, "NAMESPACE");
    OptionSpecs.value(spec(), "SIZE", "Of a request; default: 4KiB.", "--size");
    OptionSpecs.value(spec(), "N", "Requests at once; default: 16.", "--depth");
    OptionSpecs.value(spec(), "PERCENT", "Reads among them; default: 100.", READS);
    OptionSpecs.value(spec(), "N", "How long; default: 5.", "--seconds");
    OptionSpecs.flag(spec(), "Writes need not be durable.", "--volatile");
    OptionSpecs.flag(spec(), "Writes may destroy what is there.", OVERWRITE);
    OptionSpecs.value(spec(), "N", "Of the offsets; default: 1.", "--seed");
    OptionSpecs.output(spec());
    Session.addTo(spec());
    RemoteHelp.bench(spec());
  }

  @Override
  int run(Session session) throws IOException {
    BenchOptions options = options(session);
    long nanos = TimeUnit.SECONDS.toNanos(session.whole("--seconds", 5, 1, 86_400));
    if (options.readPercent() < 100 && !session.flag(OVERWRITE)) {
      throw session.usage("writes destroy what the namespace holds; say --overwrite to let them");
    }
    session.depth(options.depth());
    RemoteNamespace namespace = session.namespace(session.required(0));
    BenchResult result;
    try {
      result = Completion.await(Bench.run(namespace, options, nanos, session.console().nanoTime()));
    } catch (IllegalArgumentException e) {
      throw session.usage(e.getMessage());
    }
    session.print(session.json() ? json(options, result) : text(options, result));
    return ExitCode.OK;
  }

  private static BenchOptions options(Session session) {
    try {
      return new BenchOptions(
          (int) Math.min(Integer.MAX_VALUE, session.size("--size", 4096)),
          session.whole("--depth", 16, 1, 1024),
          session.whole(READS, 100, 0, 100),
          session.flag("--volatile") ? Durability.VOLATILE : Durability.DURABLE,
          session.whole("--seed", 1, 0, Integer.MAX_VALUE));
    } catch (IllegalArgumentException e) {
      throw session.usage(e.getMessage());
    }
  }

  private static String text(BenchOptions options, BenchResult result) {
    TextTable table =
        new TextTable(List.of("", "IOPS", "MIB/S", "MEAN", "P50", "P90", "P99", "P99.9", "MAX"));
    row(table, "read", result, result.reads());
    row(table, "write", result, result.writes());
    return "%s at depth %d for %.1f s%n%s"
        .formatted(
            Quantity.bytes(options.size()), options.depth(), result.nanos() / 1e9, table.text());
  }

  private static void row(TextTable table, String name, BenchResult result, Histogram kind) {
    if (kind.getTotalCount() > 0) {
      table.row(
          name,
          Math.round(result.rate(kind)),
          "%.1f".formatted(result.bytesPerSecond(kind) / (1 << 20)),
          Quantity.time(kind.getMean()),
          Quantity.time(kind.getValueAtPercentile(50)),
          Quantity.time(kind.getValueAtPercentile(90)),
          Quantity.time(kind.getValueAtPercentile(99)),
          Quantity.time(kind.getValueAtPercentile(99.9)),
          Quantity.time(kind.getMaxValue()));
    }
  }

  private static String json(BenchOptions options, BenchResult result) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("size", options.size());
    json.put("depth", options.depth());
    json.put("seconds", result.nanos() / 1e9);
    json.put("read", kind(result, result.reads()));
    json.put("write", kind(result, result.writes()));
    return Json.line(json);
  }

  private static Map<String, Object> kind(BenchResult result, Histogram kind) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("requests", kind.getTotalCount());
    json.put("iops", result.rate(kind));
    json.put("bytes_per_second", result.bytesPerSecond(kind));
    if (kind.getTotalCount() > 0) {
      json.put("mean_ns", Math.round(kind.getMean()));
      for (double p : PERCENTILES) {
        json.put(("p" + p + "_ns").replace(".0_", "_"), kind.getValueAtPercentile(p));
      }
      json.put("max_ns", kind.getMaxValue());
    }
    return json;
  }
}
