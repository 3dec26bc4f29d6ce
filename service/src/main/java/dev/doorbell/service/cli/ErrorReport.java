package dev.doorbell.service.cli;

import dev.doorbell.service.config.ConfigException;
import dev.doorbell.service.config.ConfigMistake;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong in lines of {@code doorbell: error: …}, and what to do in a hint line. */
final class ErrorReport {
  private final PrintWriter err;

  ErrorReport(PrintWriter err) {
    this.err = err;
  }

  /** A wrong command line. */
  int usage(ParameterException e) {
    error(problem(e));
    List<String> suggestions =
        e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    hint(
        suggestions.isEmpty()
            ? "'" + command + " --help' shows what is possible"
            : "did you mean " + String.join(" or ", suggestions) + "?");
    return ExitCode.USAGE;
  }

  /** Picocli's words, but for those that count arguments from 0. */
  private static String problem(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().get(0);
      return (unmatched.isUnknownOption() ? "unknown option " : "unexpected argument ") + first;
    }
    return e.getMessage();
  }

  /** A wrong configuration: every mistake, then one hint. */
  int config(ConfigException e) {
    for (ConfigMistake mistake : e.mistakes()) {
      error(mistake.message());
    }
    hint("nothing was started; check a correction with 'doorbell config'");
    return ExitCode.USAGE;
  }

  /** A failure of the service. */
  int failure(Exception e) {
    String message = e.getMessage();
    error(message == null || message.isBlank() ? e.getClass().getSimpleName() : message);
    hint("--log-level debug logs the stack trace");
    return ExitCode.FAILURE;
  }

  private void error(String message) {
    err.println("doorbell: error: " + message);
  }

  private void hint(String hint) {
    err.println("hint: " + hint);
    err.flush();
  }
}
