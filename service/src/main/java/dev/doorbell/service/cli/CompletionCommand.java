package dev.doorbell.service.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** {@code doorbell completion}: a script that lets a shell complete commands and options. */
final class CompletionCommand implements Callable<Integer> {
  private static final List<String> SHELLS = List.of("bash", "zsh");

  private final Surroundings surroundings;
  private final CommandSpec spec;

  CompletionCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
    this.spec = CommandSpec.wrapWithoutInspection(this);
    OptionSpecs.argument(spec, 0, true, "SHELL");
    RemoteHelp.completion(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    CommandLine line = spec.commandLine();
    String shell = line.getParseResult().matchedPositionalValue(0, "");
    if (!SHELLS.contains(shell)) {
      throw new ParameterException(
          line, "unknown shell " + shell + "; allowed: " + String.join(", ", SHELLS));
    }
    // One script for both: in zsh it turns on the completion that bash has.
    surroundings.out().print(AutoComplete.bash("doorbell", line.getParent()));
    surroundings.out().flush();
    return ExitCode.OK;
  }
}
