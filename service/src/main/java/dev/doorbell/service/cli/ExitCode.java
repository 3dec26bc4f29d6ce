package dev.doorbell.service.cli;

/** Exit codes of the program. */
final class ExitCode {
  static final int OK = 0;

  /** The service could not start or ended by a failure; or it refused, or failed, a request. */
  static final int FAILURE = 1;

  /** The command line or the configuration is wrong. */
  static final int USAGE = 2;

  /** Data that was compared differs. */
  static final int DIFFERENT = 3;

  /** The service cannot be reached, or is too busy. */
  static final int UNAVAILABLE = 4;

  private ExitCode() {}
}
