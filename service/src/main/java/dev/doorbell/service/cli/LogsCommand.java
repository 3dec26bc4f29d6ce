package dev.doorbell.service.cli;

import dev.doorbell.service.cli.text.DocumentText;
import dev.doorbell.service.client.Completion;
import dev.doorbell.service.client.Document;
import java.io.IOException;

/** {@code doorbell logs}: a log page of a controller, decoded by the service. */
final class LogsCommand extends RemoteCommand {
  LogsCommand(Surroundings surroundings) {
    super(surroundings);
    OptionSpecs.argument(spec(), 0, true, "CONTROLLER");
    OptionSpecs.argument(spec(), 1, false, "LOG");
    OptionSpecs.output(spec());
    Session.addTo(spec());
    RemoteHelp.logs(spec());
  }

  @Override
  int run(Session session) throws IOException {
    String controller = session.required(0);
    String log = session.argument(1).orElse("smart");
    if (!controller.matches("nvme\\d{1,9}")) {
      throw session.usage("'" + controller + "' is no controller; write nvme0");
    }
    if (!log.matches("[a-z0-9-]{1,40}")) {
      throw session.usage("'" + log + "' is no log; try smart");
    }
    Document document =
        Completion.await(session.client().get("/v1/controllers/" + controller + "/logs/" + log));
    session.print(session.json() ? document.text() + "\n" : text(document));
    return ExitCode.OK;
  }

  private static String text(Document document) throws IOException {
    return document.text().stripLeading().startsWith("[")
        ? DocumentText.table(document.array())
        : DocumentText.of(document.object());
  }
}
