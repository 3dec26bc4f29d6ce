package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The jar as a process of its own on a free port; killed by {@link #close}. */
public final class ServiceProcess implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 120;
  private static final Pattern READY = Pattern.compile("ready after .* at (https?)://(.*)/readyz");

  private final Process process;
  private final Path log;
  private String base;

  private ServiceProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts {@code serve} with these options and waits until it is ready. */
  public static ServiceProcess serve(Path directory, Object... options) {
    return serve(directory, Map.of(), options);
  }

  /** As {@link #serve(Path, Object...)}, with more environment variables. */
  public static ServiceProcess serve(
      Path directory, Map<String, String> environment, Object... options) {
    try {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-jar");
      command.add(jar().toString());
      command.addAll(List.of("serve", "--listen", "127.0.0.1:0"));
      for (Object option : options) {
        command.add(option.toString());
      }
      Path log = Files.createTempFile(directory, "doorbell", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      builder.directory(directory.toFile());
      builder.environment().keySet().removeIf(v -> v.startsWith("DOORBELL_"));
      builder.environment().putAll(environment);
      ServiceProcess doorbell = new ServiceProcess(builder.start(), log);
      try {
        doorbell.awaitReady();
      } catch (RuntimeException | Error e) {
        doorbell.close();
        throw e;
      }
      return doorbell;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The jar as it is shipped. */
  static Path jar() {
    Path jar = Path.of(System.getProperty("doorbell.jar", "target/doorbell.jar")).toAbsolutePath();
    assertTrue(Files.exists(jar), () -> jar + " is missing: mvn package makes it");
    return jar;
  }

  private void awaitReady() {
    until(
        "the service is ready",
        () -> {
          Matcher matcher = READY.matcher(log());
          if (matcher.find()) {
            base = matcher.group(1) + "://" + matcher.group(2);
            return true;
          }
          if (!process.isAlive()) {
            fail("the service ended with status " + process.exitValue());
          }
          return false;
        });
  }

  /** Waits for a condition; shows the log if it does not come about. */
  public void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail("within " + DEADLINE_SECONDS + " s it did not come about that " + what + ": " + log());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  /** The address of a path of the service. */
  public String url(String path) {
    return base + path;
  }

  public String data() {
    return url("/v1/namespaces/nvme0n1/data");
  }

  public int port() {
    return Integer.parseInt(base.substring(base.lastIndexOf(':') + 1));
  }

  long pid() {
    return process.pid();
  }

  public String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A metric, summed over the label values that contain all of {@code labels}. */
  public double metric(String name, String... labels) {
    String text = Tool.CURL.run("-sS", "-k", url("/metrics")).ok();
    double sum = 0;
    for (String line : text.split("\n")) {
      String rest = line.startsWith(name) ? line.substring(name.length()) : "";
      if (rest.startsWith("{") || rest.startsWith(" ")) {
        if (List.of(labels).stream().allMatch(line::contains)) {
          sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
        }
      }
    }
    return sum;
  }

  /** Sends SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** Waits for the end and checks that it was an orderly one. */
  void awaitOrderlyEnd() {
    try {
      assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), () -> "running: " + log());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    int exit = process.exitValue();
    assertTrue(exit == 0 || exit == 143, () -> "exit status " + exit + ": " + log());
    assertTrue(log().contains("drives flushed and shut down"), this::log);
  }

  /** SIGTERM, and the orderly end that must follow. */
  public void stop() {
    terminate();
    awaitOrderlyEnd();
  }

  /** SIGKILL, and the end. */
  void kill() {
    close();
  }

  @Override
  public void close() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
