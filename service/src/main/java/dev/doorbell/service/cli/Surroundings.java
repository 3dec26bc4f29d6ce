package dev.doorbell.service.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the process gives a command, passed in so that commands depend on nothing else.
 *
 * @param workingDirectory absolute
 * @param processors available to the process
 * @param version of the program
 * @param root of the file system, where {@code sys} and {@code proc} are
 * @param console raw streams, terminal and time
 */
public record Surroundings(
    Map<String, String> environment,
    Path workingDirectory,
    int processors,
    String version,
    Path root,
    PrintWriter out,
    PrintWriter err,
    Console console) {
  /** Without a terminal. */
  public Surroundings(
      Map<String, String> environment,
      Path workingDirectory,
      int processors,
      String version,
      Path root,
      PrintWriter out,
      PrintWriter err) {
    this(environment, workingDirectory, processors, version, root, out, err, Console.none());
  }

  /** Those of this process. */
  public static Surroundings ofProcess(String version) {
    // The terminal's encoding, which Java 17 does not take by itself where it prints.
    Charset charset = Charset.defaultCharset();
    return new Surroundings(
        System.getenv(),
        Path.of("").toAbsolutePath(),
        Runtime.getRuntime().availableProcessors(),
        version,
        Path.of("/"),
        new PrintWriter(System.out, true, charset),
        new PrintWriter(System.err, true, charset),
        Console.ofProcess(System.getenv()));
  }
}
