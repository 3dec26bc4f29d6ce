package dev.doorbell.service.config;

/**
 * Where a value came from, in words that follow "from" in a message and stand alone in a comment.
 *
 * @param text such as {@code doorbell.yaml line 3} or {@code option --loops}
 */
public record Origin(String text) {
  public static final Origin DEFAULT = new Origin("default");

  /**
   * A line of a file.
   *
   * @param file as the user wrote it
   * @param line counted from 1
   */
  public static Origin line(String file, int line) {
    return new Origin(file + " line " + line);
  }

  public static Origin environment(String variable) {
    return new Origin("environment variable " + variable);
  }

  public static Origin option(String option) {
    return new Origin("option " + option);
  }

  @Override
  public String toString() {
    return text;
  }
}
