package dev.doorbell.service.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What a command has besides its text outputs: the raw standard streams, what they lead to, and
 * time.
 *
 * @param outTerminal whether standard output is a terminal
 * @param errTerminal whether standard error is
 * @param columns of the terminal
 * @param nanoTime a clock in nanoseconds
 */
public record Console(
    InputStream in,
    OutputStream out,
    boolean outTerminal,
    boolean errTerminal,
    int columns,
    LongSupplier nanoTime,
    Sleeper sleeper) {
  private static final int COLUMNS = 80;

  /** Waits; passed in, so that tests need not. */
  public interface Sleeper {
    /** Returns after that time. */
    void sleep(long nanos) throws InterruptedException;
  }

  /** That of this process. */
  public static Console ofProcess(Map<String, String> environment) {
    return new Console(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        terminal(1),
        terminal(2),
        columns(environment.get("COLUMNS")),
        System::nanoTime,
        TimeUnit.NANOSECONDS::sleep);
  }

  /** Without a terminal, and with nothing to read. */
  public static Console none() {
    return new Console(
        InputStream.nullInputStream(),
        OutputStream.nullOutputStream(),
        false,
        false,
        COLUMNS,
        System::nanoTime,
        nanos -> {});
  }

  /** Linux tells what a descriptor leads to; Java only whether all of them are terminals. */
  private static boolean terminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  private static int columns(String text) {
    return text != null && text.matches("[1-9]\\d{1,3}") ? Integer.parseInt(text) : COLUMNS;
  }
}
