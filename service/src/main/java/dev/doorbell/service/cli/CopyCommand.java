package dev.doorbell.service.cli;

import dev.doorbell.service.cli.text.Json;
import dev.doorbell.service.cli.text.Quantity;
import dev.doorbell.service.transfer.Comparison;
import dev.doorbell.service.transfer.Copy;
import dev.doorbell.service.transfer.Endpoint;
import dev.doorbell.service.transfer.FileEndpoint;
import dev.doorbell.service.transfer.NamespaceEndpoint;
import dev.doorbell.service.transfer.Progress;
import dev.doorbell.service.transfer.TransferOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/** {@code doorbell copy}: files and namespaces onto each other, or compared. */
final class CopyCommand extends RemoteCommand {
  private static final String VERIFY = "--verify";
  private static final String COMPARE = "--compare";
  private static final String RESUME = "--resume";
  private static final String TARGET_IS_ZERO = "--target-is-zero";
  private static final String QUIET = "--quiet";

  CopyCommand(Surroundings surroundings) {
    super(surroundings);
    OptionSpecs.argument(spec(), 0, true, "SOURCE");
    OptionSpecs.argument(spec(), 1, true, "TARGET");
    OptionSpecs.flag(spec(), "Read both again at the end, and compare.", VERIFY);
    OptionSpecs.flag(spec(), "Compare only, and write nothing.", COMPARE);
    OptionSpecs.flag(spec(), "Go on: compare, and write what differs.", RESUME);
    OptionSpecs.flag(spec(), "Leave zeros out: TARGET reads as such.", TARGET_IS_ZERO);
    OptionSpecs.value(spec(), "SIZE", "Of a request; default: 1MiB.", "--chunk");
    OptionSpecs.value(spec(), "N", "Requests at once; default: 16.", "--depth");
    OptionSpecs.flag(spec(), "Show no progress.", "-q", QUIET);
    OptionSpecs.output(spec());
    Session.addTo(spec());
    RemoteHelp.copy(spec());
  }

  @Override
  int run(Session session) throws IOException {
    TransferOptions options = options(session);
    session.depth(options.depth());
    boolean compare = session.flag(COMPARE);
    if (same(session)) {
      throw session.usage("source and target are the same: " + session.required(0));
    }
    try (Endpoint source = endpoint(session, session.required(0), false);
        Endpoint target = endpoint(session, session.required(1), !compare)) {
      Map<String, Object> result = new LinkedHashMap<>();
      long started = session.console().nanoTime().getAsLong();
      result.put("source", source.name());
      result.put("target", target.name());
      result.put("bytes", source.size());
      if (!compare) {
        copy(session, source, target, options, result);
        result.put("seconds", seconds(session, started));
      }
      OptionalLong difference = OptionalLong.empty();
      if (compare || session.flag(VERIFY)) {
        difference = compare(session, source, target, options);
        result.put("same", difference.isEmpty());
        difference.ifPresent(d -> result.put("first_difference", d));
      }
      // Of the copy, if there was one: what comes after it is another matter.
      result.putIfAbsent("seconds", seconds(session, started));
      report(session, result, difference);
      return difference.isEmpty() ? ExitCode.OK : ExitCode.DIFFERENT;
    }
  }

  /** A file that is both would be emptied before it is read, by whichever names it goes. */
  private static boolean same(Session session) throws IOException {
    String source = session.required(0);
    String target = session.required(1);
    if (NamespaceReference.parse(source).isPresent()
        || NamespaceReference.parse(target).isPresent()) {
      return source.equals(target);
    }
    Path from = session.path(source);
    Path to = session.path(target);
    return Files.exists(from) && Files.exists(to) && Files.isSameFile(from, to);
  }

  private static double seconds(Session session, long started) {
    return (session.console().nanoTime().getAsLong() - started) / 1e9;
  }

  private TransferOptions options(Session session) {
    int chunk = (int) Math.min(Integer.MAX_VALUE, session.size("--chunk", 1 << 20));
    int depth = session.whole("--depth", TransferOptions.DEFAULT.depth(), 1, 256);
    try {
      return new TransferOptions(chunk, depth, session.flag(RESUME), session.flag(TARGET_IS_ZERO));
    } catch (IllegalArgumentException e) {
      throw session.usage(e.getMessage());
    }
  }

  private static Endpoint endpoint(Session session, String text, boolean target)
      throws IOException {
    if (NamespaceReference.parse(text).isPresent()) {
      return new NamespaceEndpoint(session.namespace(text));
    }
    Path path = session.path(text);
    if (Files.isDirectory(path)) {
      throw session.usage(text + " is a directory");
    }
    if (!target && !Files.exists(path)) {
      throw session.usage("there is no file %s; a namespace is named like nvme0n1".formatted(text));
    }
    return target ? FileEndpoint.target(path) : FileEndpoint.source(path);
  }

  private static void copy(
      Session session,
      Endpoint source,
      Endpoint target,
      TransferOptions options,
      Map<String, Object> result)
      throws IOException {
    Progress progress = new Progress(source.size());
    try {
      ProgressReport.during(
          session,
          "copy ",
          session.flag(QUIET),
          progress,
          () -> {
            new Copy(source, target, options, progress).run();
            return null;
          });
    } catch (IOException e) {
      if (progress.done() > 0) {
        session.note(
            "doorbell: %s of %s were copied; the same command with --resume goes on"
                .formatted(Quantity.bytes(progress.done()), Quantity.bytes(progress.total())));
      }
      throw e;
    }
    result.put("written", progress.written());
    result.put("zeros", progress.zeros());
    result.put("unchanged", progress.same());
  }

  private static OptionalLong compare(
      Session session, Endpoint source, Endpoint target, TransferOptions options)
      throws IOException {
    Progress progress = new Progress(source.size());
    return ProgressReport.during(
        session,
        "compare ",
        session.flag(QUIET),
        progress,
        () -> new Comparison(source, target, options, progress).run());
  }

  private static void report(Session session, Map<String, Object> result, OptionalLong difference) {
    if (session.json()) {
      session.print(Json.line(result));
      return;
    }
    double seconds = (double) result.get("seconds");
    long bytes = (long) result.get("bytes");
    StringBuilder text = new StringBuilder();
    if (result.containsKey("written")) {
      text.append(
          "%s copied in %.1f s (%s/s): %s written, %s zeros, %s unchanged%n"
              .formatted(
                  Quantity.bytes(bytes),
                  seconds,
                  Quantity.bytes(bytes / Math.max(seconds, 1e-9)),
                  Quantity.bytes((long) result.get("written")),
                  Quantity.bytes((long) result.get("zeros")),
                  Quantity.bytes((long) result.get("unchanged"))));
    }
    if (difference.isPresent()) {
      text.append(
          "%s and %s differ at byte %d%n"
              .formatted(result.get("source"), result.get("target"), difference.getAsLong()));
    } else if (result.containsKey("same")) {
      text.append("%s compared, all the same%n".formatted(Quantity.bytes(bytes)));
    }
    session.print(text.toString());
  }
}
