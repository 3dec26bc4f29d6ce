package dev.doorbell.service.cli;

import dev.doorbell.service.cli.text.Json;
import dev.doorbell.service.cli.text.Quantity;
import dev.doorbell.service.client.RemoteNamespace;
import dev.doorbell.service.transfer.NamespaceEndpoint;
import dev.doorbell.service.transfer.Progress;
import dev.doorbell.service.transfer.StreamIn;
import dev.doorbell.service.transfer.TransferOptions;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code doorbell write}: a file or standard input to a place of a namespace, made durable. */
final class WriteCommand extends RemoteCommand {
  WriteCommand(Surroundings surroundings) {
    super(surroundings);
    OptionSpecs.argument(spec(), 0, true, "NAMESPACE");
    OptionSpecs.argument(spec(), 1, false, "FILE");
    OptionSpecs.value(spec(), "SIZE", "Where to begin; must be given.", "--offset");
    OptionSpecs.output(spec());
    OptionSpecs.flag(spec(), "Show no progress.", "-q", "--quiet");
    Session.addTo(spec());
    RemoteHelp.write(spec());
  }

  @Override
  int run(Session session) throws IOException {
    if (session.value("--offset").isEmpty()) {
      throw session.usage("where to? name --offset: a write never goes to byte 0 by accident");
    }
    long offset = session.size("--offset", 0);
    String file = session.argument(1).orElse("-");
    Path path = file.equals("-") ? null : session.path(file);
    if (path != null && !Files.isReadable(path)) {
      throw session.usage("there is no file " + file + " that can be read");
    }
    RemoteNamespace namespace = session.namespace(session.required(0));
    long room = namespace.info().capacity() - offset;
    long size = path == null ? 0 : Files.size(path);
    if (room < 0 || size > room) {
      throw session.usage(
          "%d bytes at %d lie outside %s, which has %d: nothing was written"
              .formatted(size, offset, namespace.info().name(), namespace.info().capacity()));
    }
    long written = write(session, namespace, path, offset, room, size);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("namespace", namespace.info().name());
    result.put("offset", offset);
    result.put("bytes", written);
    session.print(
        session.json()
            ? Json.line(result)
            : "%s written at %d, durable%n".formatted(Quantity.bytes(written), offset));
    return ExitCode.OK;
  }

  private static long write(
      Session session, RemoteNamespace namespace, Path path, long offset, long room, long size)
      throws IOException {
    Progress progress = new Progress(size);
    boolean quiet = session.flag("--quiet") || path == null;
    NamespaceEndpoint target = new NamespaceEndpoint(namespace);
    try (ReadableByteChannel from = source(session, path)) {
      target.prepare(size, true);
      StreamIn stream = new StreamIn(target, TransferOptions.DEFAULT, progress);
      return ProgressReport.during(
          session, "write ", quiet, progress, () -> stream.run(from, offset, room));
    }
  }

  private static ReadableByteChannel source(Session session, Path path) throws IOException {
    return path == null
        ? Channels.newChannel(session.console().in())
        : FileChannel.open(path, StandardOpenOption.READ);
  }
}
