package dev.doorbell.service.cli;

import dev.doorbell.service.cli.text.ProgressLine;
import dev.doorbell.service.transfer.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;

/**
 * Shows how far a transfer is: on a terminal a line that is drawn again ten times a second, else a
 * line each ten seconds.
 */
final class ProgressReport {
  private static final long TERMINAL = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LOG = TimeUnit.SECONDS.toNanos(10);
  private static final String ERASE = "\r\u001b[K";

  private final Console console;
  private final PrintWriter err;
  private final String what;
  private final Progress progress;
  private final ProgressLine line;
  private final Thread thread;

  private ProgressReport(Session session, String what, Progress progress) {
    this.console = session.console();
    this.err = session.surroundings().err();
    this.what = what;
    this.progress = progress;
    this.line = new ProgressLine(progress.total(), console.nanoTime().getAsLong());
    this.thread = new Thread(this::run, "progress");
    thread.setDaemon(true);
  }

  /** What is watched. */
  interface Work<T> {
    T run() throws IOException;
  }

  /** Does some work and meanwhile shows how far it is, unless that is not wanted. */
  static <T> T during(Session session, String what, boolean quiet, Progress progress, Work<T> work)
      throws IOException {
    if (quiet) {
      return work.run();
    }
    ProgressReport report = new ProgressReport(session, what, progress);
    report.thread.start();
    try {
      return work.run();
    } finally {
      report.end();
    }
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        TimeUnit.NANOSECONDS.sleep(console.errTerminal() ? TERMINAL : LOG);
        show();
      }
    } catch (InterruptedException e) {
      // The end.
    }
  }

  /** One line as of now. */
  private void show() {
    line.update(console.nanoTime().getAsLong(), progress.done());
    if (console.errTerminal()) {
      err.print(ERASE + what + line.bar(console.columns() - what.length()));
    } else {
      err.println(what + line.plain());
    }
    err.flush();
  }

  /** Leaves nothing on the terminal. */
  private void end() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (console.errTerminal()) {
      err.print(ERASE);
      err.flush();
    }
  }
}
