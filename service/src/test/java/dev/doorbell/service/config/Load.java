package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Loads a configuration from sources put together by a test; two processors, no environment. */
final class Load {
  static final String DRIVE = "emulated:memory?size=1MiB";

  private final Map<String, String> environment = new HashMap<>();
  private final Overrides overrides = new Overrides();
  private Path directory = Path.of("/nowhere");
  private Optional<String> file = Optional.empty();

  /** With a drive by option, for tests about something else. */
  static Load withDrive() {
    Load load = new Load();
    load.overrides.drive(DRIVE);
    return load;
  }

  Load in(Path workingDirectory) {
    directory = workingDirectory;
    return this;
  }

  Load environment(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  Load set(String assignment) {
    overrides.assign(assignment);
    return this;
  }

  Load listen(String address) {
    overrides.listen(address);
    return this;
  }

  Load drive(String uri) {
    overrides.drive(uri);
    return this;
  }

  Load config(String name) {
    file = Optional.of(name);
    return this;
  }

  /** Writes {@code doorbell.yaml} to the directory and names it as the option would. */
  Load yaml(Path in, String text) {
    directory = in;
    try {
      Files.writeString(in.resolve("doorbell.yaml"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return config("doorbell.yaml");
  }

  LoadedConfig loaded() throws ConfigException {
    return ConfigLoader.load(new ConfigSources(file, environment, overrides, directory, 2));
  }

  DoorbellConfig get() throws ConfigException {
    return loaded().config();
  }

  List<String> mistakes() {
    ConfigException e = assertThrows(ConfigException.class, this::loaded);
    return e.mistakes().stream().map(ConfigMistake::message).toList();
  }
}
