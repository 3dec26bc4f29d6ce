package dev.doorbell.service.cli;

import dev.doorbell.service.client.DoorbellException;
import dev.doorbell.service.config.ConfigException;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The program's commands, from arguments to exit code. */
public final class Cli {
  private final Surroundings surroundings;
  private final CommandLine commandLine;

  /**
   * The commands.
   *
   * @param server what {@code doorbell serve} runs
   */
  public Cli(Server server, Surroundings surroundings) {
    this.surroundings = surroundings;
    CommandSpec spec = CommandSpec.wrapWithoutInspection((Callable<Integer>) this::noCommand);
    spec.name("doorbell");
    HelpText.program(spec);
    spec.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Show the version.")
            .build());
    spec.version("doorbell " + surroundings.version());
    spec.addSubcommand("serve", new ServeCommand(server, surroundings).spec());
    spec.addSubcommand("config", new ConfigCommand(surroundings).spec());
    spec.addSubcommand("devices", new DevicesCommand(surroundings).spec());
    spec.addSubcommand("namespaces", new NamespacesCommand(surroundings).spec());
    spec.addSubcommand("read", new ReadCommand(surroundings).spec());
    spec.addSubcommand("write", new WriteCommand(surroundings).spec());
    spec.addSubcommand("copy", new CopyCommand(surroundings).spec());
    spec.addSubcommand("zones", new ZonesCommand(surroundings).spec());
    spec.addSubcommand("stats", new StatsCommand(surroundings).spec());
    spec.addSubcommand("bench", new BenchCommand(surroundings).spec());
    spec.addSubcommand("logs", new LogsCommand(surroundings).spec());
    spec.addSubcommand("completion", new CompletionCommand(surroundings).spec());
    commandLine = configure(new CommandLine(spec));
  }

  private CommandLine configure(CommandLine line) {
    ErrorReport report = new ErrorReport(surroundings.err());
    return line.setOut(surroundings.out())
        .setErr(surroundings.err())
        .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
        // @file arguments would take a drive or a file name that begins with an at sign.
        .setExpandAtFiles(false)
        .setParameterExceptionHandler((e, arguments) -> report.usage(e))
        .setExecutionExceptionHandler(
            (e, command, parsed) -> failed(report, e, command.getCommand()));
  }

  private static int failed(ErrorReport report, Exception e, Object command) {
    if (e instanceof ConfigException config) {
      return report.config(config);
    }
    if (e instanceof DoorbellException remote) {
      return report.remote(remote);
    }
    if (e instanceof IOException file && !(command instanceof ServeCommand)) {
      return report.file(file);
    }
    LoggerFactory.getLogger(Cli.class).debug("The service failed", e);
    return report.failure(e);
  }

  private Integer noCommand() {
    throw new ParameterException(commandLine, "a command is missing, such as serve or copy");
  }

  /** Runs the command the arguments name; returns the exit code of the process. */
  public int run(String... arguments) {
    return commandLine.execute(arguments);
  }

  CommandLine commandLine() {
    return commandLine;
  }
}
