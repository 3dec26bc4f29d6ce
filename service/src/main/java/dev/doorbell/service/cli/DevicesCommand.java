package dev.doorbell.service.cli;

import dev.doorbell.service.inventory.Inventory;
import dev.doorbell.service.inventory.NvmeFunction;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** {@code doorbell devices}: the NVMe controllers of this machine, and how to get at each. */
final class DevicesCommand implements Callable<Integer> {
  private static final String OUTPUT = "--output";

  private final Surroundings surroundings;
  private final CommandSpec spec;

  DevicesCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
    this.spec = CommandSpec.wrapWithoutInspection(this);
    spec.addOption(
        OptionSpec.builder("-o", OUTPUT)
            .type(String.class)
            .arity("1")
            .paramLabel("FORMAT")
            .description("table (default) or json.")
            .build());
    HelpText.devices(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    String format = spec.commandLine().getParseResult().matchedOptionValue(OUTPUT, "table");
    Inventory inventory =
        new Inventory(surroundings.root().resolve("sys"), surroundings.root().resolve("proc"));
    List<NvmeFunction> functions = inventory.nvmeFunctions();
    switch (format) {
      case "table" -> surroundings.out().print(DeviceTable.text(functions));
      case "json" -> surroundings.out().print(DeviceJson.text(functions));
      default ->
          throw new ParameterException(
              spec.commandLine(), "unknown format " + format + "; allowed: table, json");
    }
    surroundings.out().flush();
    return ExitCode.OK;
  }
}
