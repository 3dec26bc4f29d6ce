package dev.doorbell.service.cli;

import dev.doorbell.service.config.ConfigSources;
import dev.doorbell.service.config.Overrides;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The options that make up a configuration, the same for every command. They are declared by code:
 * picocli's annotations cost their reflection at every start.
 */
final class ConfigOptions {
  private static final String CONFIG = "--config";
  private static final String DRIVE = "--drive";
  private static final String LISTEN = "--listen";
  private static final String SET = "--set";
  private static final String ZONE_META = "--zone-meta";
  private static final String UNSAFE_NOIOMMU = "--unsafe-noiommu";

  private ConfigOptions() {}

  /** Declares the options. */
  static void addTo(CommandSpec spec) {
    add(spec, "FILE", "YAML file to read first.", "-c", CONFIG);
    addList(spec, "URI", "Drive to serve, see below; repeat for more.", "-d", DRIVE);
    add(spec, "ADDRESS", "HOST:PORT or PORT; default: 127.0.0.1:8080.", "-l", LISTEN);
    add(spec, "N", "Event loops; default: as many as processors.", "--loops");
    add(spec, "FILE", "PEM certificate chain; serves TLS, with the key.", "--tls-certificate");
    add(spec, "FILE", "PEM private key.", "--tls-key");
    add(spec, "POLICY", "keep (default), or reinitialize what is refused.", ZONE_META);
    addFlag(spec, "Let drives reach all memory: no IOMMU.", UNSAFE_NOIOMMU);
    add(spec, "LEVEL", "error, warn, info (default), debug or trace.", "--log-level");
    addList(spec, "KEY=VALUE", "Set any key that 'doorbell config' shows.", SET);
  }

  private static void add(CommandSpec spec, String label, String description, String... names) {
    spec.addOption(
        OptionSpec.builder(names)
            .type(String.class)
            .arity("1")
            .paramLabel(label)
            .description(description)
            .build());
  }

  private static void addFlag(CommandSpec spec, String description, String name) {
    spec.addOption(
        OptionSpec.builder(name).type(boolean.class).arity("0").description(description).build());
  }

  private static void addList(CommandSpec spec, String label, String description, String... names) {
    spec.addOption(
        OptionSpec.builder(names)
            .type(List.class)
            .auxiliaryTypes(String.class)
            .arity("1")
            .paramLabel(label)
            .description(description)
            .build());
  }

  /** The sources of the configuration as the command line and the surroundings give them. */
  static ConfigSources sources(ParseResult parsed, Surroundings surroundings) {
    Overrides overrides = new Overrides();
    value(parsed, LISTEN).ifPresent(overrides::listen);
    set(overrides, parsed, "loops", "--loops");
    set(overrides, parsed, "listen.tls.certificate", "--tls-certificate");
    set(overrides, parsed, "listen.tls.key", "--tls-key");
    set(overrides, parsed, "log.level", "--log-level");
    set(overrides, parsed, "zone_meta", ZONE_META);
    if (parsed.hasMatchedOption(UNSAFE_NOIOMMU)) {
      overrides.set("vfio.unsafe_noiommu", "true", UNSAFE_NOIOMMU);
    }
    values(parsed, SET).forEach(overrides::assign);
    values(parsed, DRIVE).forEach(overrides::drive);
    return new ConfigSources(
        value(parsed, CONFIG),
        surroundings.environment(),
        overrides,
        surroundings.workingDirectory(),
        surroundings.processors());
  }

  private static void set(Overrides overrides, ParseResult parsed, String key, String option) {
    value(parsed, option).ifPresent(text -> overrides.set(key, text, option));
  }

  private static Optional<String> value(ParseResult parsed, String option) {
    return Optional.ofNullable(parsed.matchedOptionValue(option, (String) null));
  }

  private static List<String> values(ParseResult parsed, String option) {
    return parsed.matchedOptionValue(option, List.of());
  }
}
