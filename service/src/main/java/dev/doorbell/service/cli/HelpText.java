package dev.doorbell.service.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The words of the help: one screen for each command, 80 columns, examples last. */
final class HelpText {
  private static final int WIDTH = 80;

  /** Long enough for the longest option with its parameter, so that each takes one line. */
  private static final int OPTION_WIDTH = 29;

  private HelpText() {}

  static void program(CommandSpec spec) {
    common(spec, "Serves byte ranges of NVMe drives over HTTP/2, and is a client of them.");
    spec.usageMessage()
        .customSynopsis("doorbell COMMAND [OPTIONS]")
        .commandListHeading("%nCommands:%n")
        .footer(
            "",
            "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 data differ, 4 no service or busy",
            "Examples:",
            "  doorbell serve --drive 'emulated:memory?size=1GiB'");
  }

  static void serve(CommandSpec spec) {
    common(spec, "Serves drives until the process is told to end.");
    spec.usageMessage()
        .customSynopsis("doorbell serve [OPTIONS]")
        .footer(
            "",
            "Drives: emulated:PATH?size=1GiB&lba_size=4096&readonly=true (an image file),",
            "  emulated:memory?size=SIZE, emulated:null?size=SIZE, nvme://dddd:bb:dd.f/NSID",
            "Later wins: defaults, file (--config or DOORBELL_CONFIG), environment (such as",
            "  DOORBELL_LISTEN_PORT, DOORBELL_DRIVES), options. 'doorbell config' shows all.",
            "",
            "Examples:",
            "  doorbell serve -d 'emulated:memory?size=1GiB' -l 0.0.0.0:8080",
            "  doorbell serve -c /etc/doorbell.yaml --log-level debug");
  }

  static void config(CommandSpec spec) {
    common(spec, "Checks the configuration and prints it as YAML with origins.");
    spec.usageMessage()
        .customSynopsis("doorbell config [OPTIONS]")
        .footer(
            "",
            "What is printed is a file for --config that gives the same configuration.",
            "",
            "Examples:",
            "  doorbell config -c /etc/doorbell.yaml",
            "  doorbell config -d 'emulated:memory?size=1GiB' > doorbell.yaml");
  }

  static void devices(CommandSpec spec) {
    common(spec, "Lists the NVMe controllers of this machine and who has them.");
    spec.usageMessage()
        .customSynopsis("doorbell devices [OPTIONS]")
        .footer(
            "",
            "A controller can be served once vfio-pci has it, with all members of its IOMMU",
            "group. The command in the last column gives it to vfio-pci, or back.",
            "",
            "Examples:",
            "  doorbell devices",
            "  doorbell devices -o json");
  }

  static void common(CommandSpec spec, String header) {
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help.").build());
    spec.usageMessage()
        .width(WIDTH)
        .longOptionsMaxWidth(OPTION_WIDTH)
        .sortOptions(false)
        .header(header, "")
        .synopsisHeading("Usage: ")
        .optionListHeading("%nOptions:%n");
  }
}
