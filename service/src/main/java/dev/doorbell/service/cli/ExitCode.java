package dev.doorbell.service.cli;

/** Exit codes of the program. */
final class ExitCode {
  static final int OK = 0;

  /** The service could not start or ended by a failure. */
  static final int FAILURE = 1;

  /** The command line or the configuration is wrong. */
  static final int USAGE = 2;

  private ExitCode() {}
}
