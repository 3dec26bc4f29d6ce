package dev.doorbell.service.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Declares options by code: picocli's annotations cost their reflection at every start. */
final class OptionSpecs {
  static final String OUTPUT = "--output";

  private OptionSpecs() {}

  /** An option with a value. */
  static void value(CommandSpec spec, String label, String description, String... names) {
    spec.addOption(
        OptionSpec.builder(names)
            .type(String.class)
            .arity("1")
            .paramLabel(label)
            .description(description)
            .build());
  }

  /** An option with one of a few values, which the shell completes. */
  static void choice(CommandSpec spec, String description, List<String> values, String... names) {
    spec.addOption(
        OptionSpec.builder(names)
            .type(String.class)
            .arity("1")
            .paramLabel(String.join("|", values))
            .completionCandidates(values)
            .description(description)
            .build());
  }

  /** An option without a value. */
  static void flag(CommandSpec spec, String description, String... names) {
    spec.addOption(
        OptionSpec.builder(names).type(boolean.class).arity("0").description(description).build());
  }

  /** An argument. */
  static void argument(CommandSpec spec, int index, boolean required, String label) {
    spec.addPositional(
        PositionalParamSpec.builder()
            .index(Integer.toString(index))
            .arity(required ? "1" : "0..1")
            // By the arity alone it may be missing where no other argument was given.
            .required(required)
            .type(String.class)
            .paramLabel(label)
            .hidden(true)
            .build());
  }

  /** {@code -o json}. */
  static void output(CommandSpec spec) {
    choice(spec, "For people, or programs.", List.of("text", "json"), "-o", OUTPUT);
  }
}
