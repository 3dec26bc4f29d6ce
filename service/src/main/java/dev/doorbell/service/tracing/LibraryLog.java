package dev.doorbell.service.tracing;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/** What OpenTelemetry's libraries log by the JDK's logger, into the log of the service. */
final class LibraryLog extends Handler {
  /** Held, as the JDK's loggers are forgotten with their handlers if nobody does. */
  private static final Logger LIBRARY = Logger.getLogger("io.opentelemetry");

  private final SimpleFormatter formatter = new SimpleFormatter();
  private final org.slf4j.Logger log = LoggerFactory.getLogger(Tracing.class);

  private LibraryLog() {}

  static void install() {
    synchronized (LIBRARY) {
      for (Handler handler : LIBRARY.getHandlers()) {
        if (handler instanceof LibraryLog) {
          return;
        }
      }
      LIBRARY.setUseParentHandlers(false);
      LIBRARY.addHandler(new LibraryLog());
    }
  }

  @Override
  public void publish(LogRecord record) {
    String message = formatter.formatMessage(record);
    if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
      // Tracing is a convenience: what it cannot do is never an error of the service.
      Throwable thrown = record.getThrown();
      log.warn("{}{}", message, thrown == null ? "" : ": " + thrown);
    } else {
      log.debug("{}", message);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
