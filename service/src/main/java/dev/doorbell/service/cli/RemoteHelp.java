package dev.doorbell.service.cli;

import picocli.CommandLine.Model.CommandSpec;

/** The words of the help of commands that talk to a service. */
final class RemoteHelp {
  private RemoteHelp() {}

  static void namespaces(CommandSpec spec) {
    HelpText.common(spec, "Lists the namespaces of a service, or shows one in full.");
    spec.usageMessage()
        .customSynopsis("doorbell namespaces [OPTIONS] [NAMESPACE]")
        .footer(
            "",
            "NAMESPACE: nvme0n1, or http://HOST:PORT/v1/namespaces/nvme0n1.",
            "",
            "Examples:",
            "  doorbell namespaces --url http://storage:8080",
            "  doorbell namespaces nvme0n1 -o json");
  }

  static void read(CommandSpec spec) {
    HelpText.common(spec, "Reads bytes of a namespace.");
    spec.usageMessage()
        .customSynopsis("doorbell read [OPTIONS] NAMESPACE [FILE]")
        .footer(
            "",
            "Without FILE, or for -, to standard output. Sizes: 4096, 64KiB, 1GiB.",
            "",
            "Examples:",
            "  doorbell read nvme0n1 --offset 4KiB --length 512 | xxd",
            "  doorbell read http://storage:8080/v1/namespaces/nvme0n1 disk.img");
  }

  static void write(CommandSpec spec) {
    HelpText.common(spec, "Writes bytes to a namespace; they are durable at the end.");
    spec.usageMessage()
        .customSynopsis("doorbell write [OPTIONS] --offset SIZE NAMESPACE [FILE]")
        .footer(
            "",
            "Without FILE, or for -, from standard input. Nothing is written if FILE does",
            "not fit. Sizes: 4096, 64KiB, 1GiB.",
            "",
            "Examples:",
            "  zcat disk.img.gz | doorbell write nvme0n1 --offset 0",
            "  doorbell write nvme0n1 --offset 1MiB boot.bin");
  }

  static void copy(CommandSpec spec) {
    HelpText.common(spec, "Copies a file or namespace onto another.");
    spec.usageMessage()
        .customSynopsis("doorbell copy [OPTIONS] SOURCE TARGET")
        .footer(
            "",
            "nvme0n1 or a URL is a namespace, ./nvme0n1 a file. Holes and zeros are not sent.",
            "Exit code 3 if --verify or --compare finds a difference.",
            "",
            "Examples:",
            "  doorbell copy disk.img nvme0n1 --verify",
            "  doorbell copy nvme0n1 http://other:8080/v1/namespaces/nvme0n1 --resume");
  }

  static void zones(CommandSpec spec) {
    HelpText.common(spec, "Draws the zones of a zoned namespace.");
    spec.usageMessage()
        .customSynopsis("doorbell zones [OPTIONS] NAMESPACE")
        .footer(
            "",
            "Coloured on a terminal, unless NO_COLOR is set.",
            "",
            "Examples:",
            "  doorbell zones nvme0n1",
            "  doorbell zones nvme0n1 --list");
  }

  static void stats(CommandSpec spec) {
    HelpText.common(spec, "Shows what became of the requests to a namespace.");
    spec.usageMessage()
        .customSynopsis("doorbell stats [OPTIONS] NAMESPACE")
        .footer(
            "",
            "With --watch: what happened since the line before. Latencies are upper bounds.",
            "",
            "Examples:",
            "  doorbell stats nvme0n1",
            "  doorbell stats nvme0n1 --watch 1");
  }

  static void bench(CommandSpec spec) {
    HelpText.common(spec, "Measures random requests of a namespace.");
    spec.usageMessage()
        .customSynopsis("doorbell bench [OPTIONS] NAMESPACE")
        .footer(
            "",
            "Writes destroy what the namespace holds, and ask for --overwrite.",
            "",
            "Examples:",
            "  doorbell bench nvme0n1 --size 4KiB --depth 32",
            "  doorbell bench nvme0n1 --reads 70 --overwrite --seconds 30");
  }

  static void logs(CommandSpec spec) {
    HelpText.common(spec, "Shows a log page of a controller.");
    spec.usageMessage()
        .customSynopsis("doorbell logs [OPTIONS] CONTROLLER [LOG]")
        .footer(
            "",
            "LOG: smart (default), error, firmware, changed-zones or effects.",
            "",
            "Examples:",
            "  doorbell logs nvme0",
            "  doorbell logs nvme0 error -o json");
  }

  static void completion(CommandSpec spec) {
    HelpText.common(spec, "Prints a script that lets a shell complete commands.");
    spec.usageMessage()
        .customSynopsis("doorbell completion bash|zsh")
        .footer(
            "",
            "Examples:",
            "  source <(doorbell completion bash)",
            "  doorbell completion bash > /etc/bash_completion.d/doorbell");
  }
}
