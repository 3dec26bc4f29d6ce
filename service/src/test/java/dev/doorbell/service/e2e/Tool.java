package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program of the system that tests run. A missing one fails the test: it is part of it. */
enum Tool {
  MKFS_EXT4("mkfs.ext4", "e2fsprogs"),
  E2FSCK("e2fsck", "e2fsprogs"),
  CURL("curl", "curl"),
  QEMU_IMG("qemu-img", "qemu-utils and qemu-block-extra"),
  QEMU_IO("qemu-io", "qemu-utils and qemu-block-extra"),
  NBDKIT("nbdkit", "nbdkit"),
  NBDCOPY("nbdcopy", "libnbd-bin"),
  FIO("fio", "fio"),
  CHROMIUM("chromium-headless-shell", "chromium-headless-shell"),
  TAR("tar", "tar"),
  PROMTOOL("promtool", "prometheus"),
  OPENSSL("openssl", "openssl"),
  H2LOAD("h2load", "nghttp2-client"),
  PYTHON("python3", "python3"),
  /** Debian's own, which has Debian's modules, even if another comes first on the path. */
  DEBIAN_PYTHON("/usr/bin/python3", "python3 and python3-h2"),
  DPKG_DEB("dpkg-deb", "dpkg"),
  MKFIFO("mkfifo", "coreutils"),
  BASH("bash", "bash"),
  JAVA("java", "openjdk-17-jre-headless"),
  DOCKER_COMPOSE("docker-compose", "docker-compose"),
  SYSTEMD_ANALYZE("systemd-analyze", "systemd");

  /** Far more than any of the programs needs; one that hangs is killed then. */
  private static final long DEADLINE_SECONDS = 120;

  /** Where Debian keeps programs, as {@code sbin} is not on every user's path. */
  private static final String PATH =
      System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin";

  private final String program;
  private final String debianPackage;

  Tool(String program, String debianPackage) {
    this.program = program;
    this.debianPackage = debianPackage;
  }

  /** What a program printed on both its outputs, and how it ended. */
  record Result(int exit, String output) {
    /** The output of a program that succeeded. */
    String ok() {
      assertEquals(0, exit, output);
      return output;
    }
  }

  /** Runs the program to its end. */
  Result run(Object... arguments) {
    return runWithInput(null, arguments);
  }

  /** Runs the program to its end, with a file as its standard input. */
  Result runWithInput(Path input, Object... arguments) {
    return run(find(), input, arguments);
  }

  /** Runs a program that is none of the system's to its end. */
  static Result runFile(Path program, Object... arguments) {
    return run(program, null, arguments);
  }

  private static Result run(Path program, Path input, Object... arguments) {
    Path log = null;
    Process process = null;
    try {
      log = Files.createTempFile("doorbell-e2e", ".log");
      process = start(program, log, input, arguments);
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        fail(program + " did not end within " + DEADLINE_SECONDS + " s: " + Files.readString(log));
      }
      return new Result(process.exitValue(), Files.readString(log));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      if (process != null) {
        process.destroyForcibly();
      }
      deleteQuietly(log);
    }
  }

  /** Starts the program; the caller ends it. */
  Process start(Path log, Path input, Object... arguments) throws IOException {
    return start(find(), log, input, arguments);
  }

  private static Process start(Path program, Path log, Path input, Object... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.redirectInput(input == null ? Path.of("/dev/null").toFile() : input.toFile());
    builder.environment().put("LC_ALL", "C");
    builder.environment().keySet().removeIf(v -> v.toLowerCase().endsWith("_proxy"));
    return builder.start();
  }

  private Path find() {
    for (String directory : PATH.split(":")) {
      Path path = Path.of(directory).resolve(program);
      if (Files.isExecutable(path)) {
        return path;
      }
    }
    return fail(program + " is missing: apt install " + debianPackage);
  }

  private static void deleteQuietly(Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // A file in the directory for temporary files.
    }
  }
}
