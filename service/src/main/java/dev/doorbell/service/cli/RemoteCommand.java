package dev.doorbell.service.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** A command that talks to a service. */
abstract class RemoteCommand implements Callable<Integer> {
  private final Surroundings surroundings;
  private final CommandSpec spec;

  RemoteCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
    this.spec = CommandSpec.wrapWithoutInspection(this);
  }

  final CommandSpec spec() {
    return spec;
  }

  @Override
  public final Integer call() throws Exception {
    try (Session session =
        new Session(surroundings, spec.commandLine(), spec.commandLine().getParseResult())) {
      return run(session);
    } finally {
      surroundings.out().flush();
    }
  }

  /** Does what the command is there for; returns the exit code. */
  abstract int run(Session session) throws Exception;
}
