package dev.doorbell.service.cli;

import dev.doorbell.service.cli.text.DocumentText;
import dev.doorbell.service.cli.text.Quantity;
import dev.doorbell.service.cli.text.TextTable;
import dev.doorbell.service.client.Completion;
import dev.doorbell.service.client.Document;
import dev.doorbell.service.client.NamespaceInfo;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** {@code doorbell namespaces}: what a service serves, as a table; one of them in full. */
final class NamespacesCommand extends RemoteCommand {
  private static final List<String> HEAD =
      List.of("NAME", "CONTROLLER", "SIZE", "BLOCK", "STATE", "MODE", "SERIAL");

  NamespacesCommand(Surroundings surroundings) {
    super(surroundings);
    OptionSpecs.argument(spec(), 0, false, "NAMESPACE");
    OptionSpecs.output(spec());
    Session.addTo(spec());
    RemoteHelp.namespaces(spec());
  }

  @Override
  int run(Session session) throws IOException {
    Optional<String> one = session.argument(0);
    if (one.isPresent()) {
      Document document = Completion.await(session.namespace(one.get()).describe());
      session.print(session.json() ? document.text() + "\n" : DocumentText.of(document.object()));
    } else if (session.json()) {
      session.print(Completion.await(session.client().get("/v1/namespaces")).text() + "\n");
    } else {
      session.print(table(Completion.await(session.client().namespaces())));
    }
    return ExitCode.OK;
  }

  private static String table(List<NamespaceInfo> namespaces) {
    if (namespaces.isEmpty()) {
      return "no namespaces\n";
    }
    TextTable table = new TextTable(HEAD);
    for (NamespaceInfo n : namespaces) {
      String mode = n.readOnly() ? "read-only" : "read-write";
      table.row(
          n.name(),
          n.controller(),
          Quantity.bytes(n.capacity()),
          Quantity.bytes(n.blockSize()),
          n.state(),
          n.zoned() ? mode + ", " + n.zones() + " zones" : mode,
          n.serial());
    }
    return table.text();
  }
}
