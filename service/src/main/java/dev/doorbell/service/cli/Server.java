package dev.doorbell.service.cli;

import dev.doorbell.service.config.DoorbellConfig;

/** The service itself, as {@code doorbell serve} sees it. */
public interface Server {
  /**
   * Serves until the process is asked to end.
   *
   * @return the exit code, 0 after an orderly end
   */
  int run(DoorbellConfig config) throws Exception;
}
