package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A file system of a test's own, in memory; only root may mount one. */
final class Mount implements AutoCloseable {
  private final Path directory;

  private Mount(Path directory) {
    this.directory = directory;
  }

  /** Mounts one of a size such as {@code 8m}; the test is skipped where that is forbidden. */
  static Mount tmpfs(Path directory, String size) throws IOException {
    Files.createDirectory(directory);
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + size, "doorbell-test", directory.toString())
            == 0,
        "a test file system can be mounted, which takes root");
    return new Mount(directory);
  }

  Path directory() {
    return directory;
  }

  void readOnly() throws IOException {
    assertEquals(0, run("mount", "-o", "remount,ro", directory.toString()));
  }

  private static int run(String... command) throws IOException {
    try {
      return new ProcessBuilder(List.of(command)).inheritIO().start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    assertEquals(0, run("umount", directory.toString()), "nothing has a file open there");
  }
}
