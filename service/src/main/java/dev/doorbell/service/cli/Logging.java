package dev.doorbell.service.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import dev.doorbell.service.config.LogLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets the level of the log once the configuration is known. */
final class Logging {
  private static final String OURS = "dev.doorbell";

  private Logging() {}

  /**
   * The level holds for Doorbell; libraries follow it up to info and stay there at debug, where
   * theirs would bury ours. At trace they log at debug.
   */
  static void level(LogLevel level) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(OURS).setLevel(Level.toLevel(level.name()));
      context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(libraries(level));
    }
  }

  private static Level libraries(LogLevel level) {
    return switch (level) {
      case ERROR -> Level.ERROR;
      case WARN -> Level.WARN;
      case INFO, DEBUG -> Level.INFO;
      case TRACE -> Level.DEBUG;
    };
  }
}
