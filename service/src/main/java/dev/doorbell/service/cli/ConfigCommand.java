package dev.doorbell.service.cli;

import dev.doorbell.service.config.ConfigDump;
import dev.doorbell.service.config.ConfigLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code doorbell config}: checks the configuration and prints what is in effect. */
final class ConfigCommand implements Callable<Integer> {
  private final Surroundings surroundings;
  private final CommandSpec spec;

  ConfigCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
    this.spec = CommandSpec.wrapWithoutInspection(this);
    ConfigOptions.addTo(spec);
    HelpText.config(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws Exception {
    String yaml =
        ConfigDump.yaml(
            ConfigLoader.load(
                ConfigOptions.sources(spec.commandLine().getParseResult(), surroundings)));
    surroundings.out().print(yaml);
    surroundings.out().flush();
    return ExitCode.OK;
  }
}
