package dev.doorbell.service.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Everything a configuration is made of, handed in so that it depends on nothing else.
 *
 * @param configOption value of {@code --config}; empty leaves it to {@code DOORBELL_CONFIG}
 * @param environment all variables; those without the prefix are not looked at
 * @param workingDirectory absolute; relative paths outside a YAML file start here
 * @param processors available to the process, the default for {@code loops}
 */
public record ConfigSources(
    Optional<String> configOption,
    Map<String, String> environment,
    Overrides overrides,
    Path workingDirectory,
    int processors) {
  /** Names the YAML file where {@code --config} does not. */
  public static final String FILE_VARIABLE = "DOORBELL_CONFIG";
}
