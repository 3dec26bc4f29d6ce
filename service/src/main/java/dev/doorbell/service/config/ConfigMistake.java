package dev.doorbell.service.config;

/**
 * One thing wrong with the configuration.
 *
 * @param key the key, such as {@code listen.port}, or what was given in its place
 * @param value the offending value as written, or null where there is none to show
 * @param origin where the value came from, or null where nothing was given
 * @param problem what is wrong and what is allowed
 */
public record ConfigMistake(String key, String value, Origin origin, String problem) {
  /** A pasted file is no help in a message; the start of it is. */
  private static final int SHOWN_CHARACTERS = 100;

  /** The mistake in one line: key, value, origin, problem. */
  public String message() {
    StringBuilder line = new StringBuilder(key);
    if (value != null) {
      line.append(" = ");
      quote(line);
    }
    if (origin != null) {
      line.append(" (").append(origin).append(')');
    }
    return line.append(": ").append(problem).toString();
  }

  private void quote(StringBuilder line) {
    line.append('"');
    int shown = Math.min(value.length(), SHOWN_CHARACTERS);
    for (int i = 0; i < shown; i++) {
      char c = value.charAt(i);
      // A message stays one line, and a terminal obeys no value.
      line.append(Character.isISOControl(c) ? '?' : c);
    }
    line.append(shown < value.length() ? "…\"" : "\"");
  }

  @Override
  public String toString() {
    return message();
  }
}
