package dev.doorbell.service.cli;

import dev.doorbell.service.config.ConfigLoader;
import dev.doorbell.service.config.LoadedConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code doorbell serve}: reads the configuration and hands it to the server. */
final class ServeCommand implements Callable<Integer> {
  private final Server server;
  private final Surroundings surroundings;
  private final CommandSpec spec;

  ServeCommand(Server server, Surroundings surroundings) {
    this.server = server;
    this.surroundings = surroundings;
    this.spec = CommandSpec.wrapWithoutInspection(this);
    ConfigOptions.addTo(spec);
    HelpText.serve(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws Exception {
    LoadedConfig loaded =
        ConfigLoader.load(ConfigOptions.sources(spec.commandLine().getParseResult(), surroundings));
    Logging.configure(loaded.config().log());
    return server.run(loaded.config());
  }
}
