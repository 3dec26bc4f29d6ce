package dev.doorbell.service.cli;

import dev.doorbell.service.client.RemoteNamespace;
import dev.doorbell.service.transfer.Progress;
import dev.doorbell.service.transfer.StreamOut;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.StandardOpenOption;

/** {@code doorbell read}: a range of a namespace to a file or standard output. */
final class ReadCommand extends RemoteCommand {
  ReadCommand(Surroundings surroundings) {
    super(surroundings);
    OptionSpecs.argument(spec(), 0, true, "NAMESPACE");
    OptionSpecs.argument(spec(), 1, false, "FILE");
    OptionSpecs.value(spec(), "SIZE", "Where to begin; default: 0.", "--offset");
    OptionSpecs.value(spec(), "SIZE", "How much; default: all that follows.", "--length");
    OptionSpecs.flag(spec(), "Show no progress.", "-q", "--quiet");
    Session.addTo(spec());
    RemoteHelp.read(spec());
  }

  @Override
  int run(Session session) throws IOException {
    String file = session.argument(1).orElse("-");
    if (file.equals("-") && session.console().outTerminal()) {
      throw session.usage("standard output is a terminal; name a file, or use a pipe");
    }
    RemoteNamespace namespace = session.namespace(session.required(0));
    long capacity = namespace.info().capacity();
    long offset = session.size("--offset", 0);
    long length = session.size("--length", Math.max(0, capacity - offset));
    if (offset > capacity || length > capacity - offset) {
      throw session.usage(
          "%d bytes at %d lie outside %s, which has %d"
              .formatted(length, offset, namespace.info().name(), capacity));
    }
    Progress progress = new Progress(length);
    boolean quiet = session.flag("--quiet") || file.equals("-");
    try (WritableByteChannel to = target(session, file)) {
      ProgressReport.during(
          session,
          "read ",
          quiet,
          progress,
          () -> {
            StreamOut.run(namespace, offset, length, to, progress);
            return null;
          });
    }
    return ExitCode.OK;
  }

  private static WritableByteChannel target(Session session, String file) throws IOException {
    return file.equals("-")
        ? Channels.newChannel(session.console().out())
        : FileChannel.open(
            session.path(file),
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING);
  }
}
