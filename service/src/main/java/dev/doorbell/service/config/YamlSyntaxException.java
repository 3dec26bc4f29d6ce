package dev.doorbell.service.config;

/** A text is no YAML, or YAML the configuration has no use for. */
final class YamlSyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Counted from 1; 0 where the parser does not say. */
  private final int line;

  YamlSyntaxException(int line, String problem) {
    super(problem, null, false, false);
    this.line = line;
  }

  int line() {
    return line;
  }
}
