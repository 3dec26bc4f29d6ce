package dev.doorbell.service.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import dev.doorbell.service.config.LogLevel;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LogConfiguratorTest {
  @AfterEach
  void restoreTheLevel() {
    Logging.level(LogLevel.INFO);
  }

  @Test
  void logbackFindsItAsAService() {
    assertTrue(
        ServiceLoader.load(Configurator.class).stream()
            .anyMatch(provider -> provider.type() == LogConfigurator.class));
  }

  @Test
  void writesTimeLevelShortNameAndMessageToStandardError() {
    LoggerContext context = new LoggerContext();
    LogConfigurator configurator = new LogConfigurator();
    configurator.setContext(context);

    assertEquals(
        Configurator.ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY, configurator.configure(context));

    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    ConsoleAppender<ILoggingEvent> appender = console(root);
    assertEquals("System.err", appender.getTarget());
    PatternLayoutEncoder encoder = (PatternLayoutEncoder) appender.getEncoder();
    ch.qos.logback.classic.Logger logger = context.getLogger("dev.doorbell.service.http.Reads");
    LoggingEvent event =
        new LoggingEvent("caller", logger, Level.WARN, "hello {}", null, new Object[] {"you"});
    event.setTimeStamp(0);
    String line = new String(encoder.encode(event), StandardCharsets.UTF_8);
    assertTrue(
        line.matches(
            "(1970-01-01|1969-12-31)T[0-9:.]{12}(Z|[+-][0-9:]{5}) WARN  Reads: hello you\\R"),
        line);
  }

  private static ConsoleAppender<ILoggingEvent> console(ch.qos.logback.classic.Logger root) {
    var appenders = root.iteratorForAppenders();
    return (ConsoleAppender<ILoggingEvent>) appenders.next();
  }

  @ParameterizedTest
  @CsvSource({
    "ERROR, ERROR, ERROR",
    "WARN, WARN, WARN",
    "INFO, INFO, INFO",
    "DEBUG, DEBUG, INFO",
    "TRACE, TRACE, DEBUG"
  })
  void librariesStayQuieterThanDoorbell(LogLevel level, String ours, String libraries) {
    Logging.level(level);

    LoggerContext context =
        assertInstanceOf(LoggerContext.class, LoggerFactory.getILoggerFactory());
    assertEquals(Level.toLevel(ours), context.getLogger("dev.doorbell.x").getEffectiveLevel());
    assertEquals(Level.toLevel(libraries), context.getLogger("io.netty").getEffectiveLevel());
  }
}
