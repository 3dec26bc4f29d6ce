package dev.doorbell.service.config;

import java.util.List;

/** The configuration cannot be used; carries every mistake found, not only the first. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigMistake> mistakes;

  public ConfigException(List<ConfigMistake> mistakes) {
    super(join(mistakes));
    this.mistakes = List.copyOf(mistakes);
  }

  /** At least one, in the order of the layers and keys they were found in. */
  public List<ConfigMistake> mistakes() {
    return mistakes;
  }

  private static String join(List<ConfigMistake> mistakes) {
    StringBuilder lines = new StringBuilder();
    for (ConfigMistake mistake : mistakes) {
      lines.append(lines.isEmpty() ? "" : "\n").append(mistake.message());
    }
    return lines.toString();
  }
}
