package dev.doorbell.service.cli;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.config.LogFormat;
import dev.doorbell.service.config.LogLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets up the log once the configuration is known. */
final class Logging {
  private static final String OURS = "dev.doorbell";

  /** Lines of the access log that may wait to be written; what exceeds them is dropped. */
  private static final int ACCESS_QUEUE = 8192;

  private Logging() {}

  static void configure(DoorbellConfig.Log log) {
    level(log.level());
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      format(context, log.format());
      access(context, log);
    }
  }

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

  private static void format(LoggerContext context, LogFormat format) {
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    Appender<ILoggingEvent> standard = root.getAppender(LogConfigurator.APPENDER);
    // Whoever brings a configuration file of logback decides by that.
    if (standard != null && format == LogFormat.JSON) {
      root.detachAppender(standard);
      standard.stop();
      root.addAppender(LogConfigurator.appender(context, new JsonEncoder()));
    }
  }

  /**
   * Off, or written by a thread of its own: an event loop must not wait for whoever reads the log,
   * and loses lines rather.
   */
  private static void access(LoggerContext context, DoorbellConfig.Log log) {
    ch.qos.logback.classic.Logger access = context.getLogger(LogConfigurator.ACCESS);
    if (!log.access()) {
      access.setLevel(Level.OFF);
      return;
    }
    access.setLevel(Level.INFO);
    if (context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(LogConfigurator.APPENDER) == null) {
      return;
    }
    AsyncAppender queue = new AsyncAppender();
    queue.setContext(context);
    queue.setName(LogConfigurator.ACCESS);
    queue.setQueueSize(ACCESS_QUEUE);
    queue.setDiscardingThreshold(0);
    queue.setNeverBlock(true);
    queue.addAppender(
        LogConfigurator.appender(
            context,
            log.format() == LogFormat.JSON
                ? new JsonEncoder()
                : LogConfigurator.text(context, LogConfigurator.ACCESS_PATTERN)));
    queue.start();
    access.addAppender(queue);
    access.setAdditive(false);
  }
}
