package dev.doorbell.service.cli;

import dev.doorbell.service.client.BrokenAnswerException;
import dev.doorbell.service.client.BusyException;
import dev.doorbell.service.client.DoorbellException;
import dev.doorbell.service.client.NotFoundException;
import dev.doorbell.service.client.OutcomeUnknownException;
import dev.doorbell.service.client.ProblemException;
import dev.doorbell.service.client.UnreachableException;
import dev.doorbell.service.client.WriteProtectedException;
import dev.doorbell.service.config.ConfigException;
import dev.doorbell.service.config.ConfigMistake;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
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

  /** A service that cannot be reached, or said no. */
  int remote(DoorbellException e) {
    error(e.getMessage());
    if (e instanceof UnreachableException unreachable) {
      if (unreachable.untrusted()) {
        hint("--cacert names a PEM file with the certificate to trust");
        return ExitCode.UNAVAILABLE;
      }
      hint(
          "start a service there with 'doorbell serve', or name another with --url or"
              + " DOORBELL_URL");
      return ExitCode.UNAVAILABLE;
    }
    if (e instanceof BusyException) {
      hint("'doorbell namespaces' shows the states; try again later");
      return ExitCode.UNAVAILABLE;
    }
    hint(whatToDo(e));
    return ExitCode.FAILURE;
  }

  private static String whatToDo(DoorbellException e) {
    if (e instanceof NotFoundException) {
      return "'doorbell namespaces' lists what is served";
    }
    if (e instanceof WriteProtectedException) {
      return "nothing was changed; 'doorbell namespaces' shows what can be written";
    }
    if (e instanceof OutcomeUnknownException || e instanceof BrokenAnswerException) {
      return "what was to be written may be there or not: write it again";
    }
    if (e instanceof ProblemException problem && problem.problem().number("sct").isPresent()) {
      return "the drive said so (%s); its logs may tell more: doorbell logs"
          .formatted(problem.problem().text("status_name").orElse("no name"));
    }
    return "--help shows what is possible";
  }

  /** A file that cannot be read or written. */
  int file(IOException e) {
    error(e instanceof FileSystemException file ? reason(file) : e.getMessage());
    return ExitCode.FAILURE;
  }

  /** Java leaves the reason out of the message where the class says it. */
  private static String reason(FileSystemException e) {
    String why = e.getReason() != null ? e.getReason() : e.getClass().getSimpleName();
    return e.getFile() + ": " + why.replace("Exception", "");
  }

  private void error(String message) {
    err.println("doorbell: error: " + message);
  }

  private void hint(String hint) {
    err.println("hint: " + hint);
    err.flush();
  }
}
