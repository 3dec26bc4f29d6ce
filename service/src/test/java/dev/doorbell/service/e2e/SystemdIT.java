package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** systemd understands the units, and the service tells it what it must. */
class SystemdIT {
  /** Prints each datagram as a line. */
  private static final String RECEIVER =
      """
      import os, socket, sys
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.bind(sys.argv[1])
      while True:
          print(s.recv(4096).decode().replace('\\n', ' '), flush=True)
      """;

  @TempDir Path directory;

  @Test
  void unitsAreValid() throws IOException {
    for (String unit : List.of("doorbell.service", "doorbell-vfio@.service")) {
      String text = Deploy.text("systemd/" + unit);
      // The commands are where the package puts them, which is not installed here.
      for (String command : List.of("/usr/bin/", "/usr/lib/doorbell/")) {
        text = text.replace("=" + command, "=" + Deploy.file("bin") + "/");
      }
      text = text.replace("file:///usr/share/doc/doorbell/README.md", "https://doorbell.dev");
      Path file = directory.resolve(unit);
      Files.writeString(file, text);
      assertEquals("", Tool.SYSTEMD_ANALYZE.run("verify", "--man=no", file).ok());
    }
  }

  @Test
  void theUnitGivesLittleAway() {
    Tool.SYSTEMD_ANALYZE
        .run(
            "security", "--offline=true", "--threshold=25", Deploy.file("systemd/doorbell.service"))
        .ok();
  }

  @Test
  void hearsThatTheServiceIsReadyTurnsAndStops() throws IOException {
    Path socket = directory.resolve("notify");
    Path heard = directory.resolve("heard");
    Path script = Files.writeString(directory.resolve("receive.py"), RECEIVER);
    Process receiver = Tool.PYTHON.start(heard, null, script, socket);
    try {
      while (!Files.exists(socket)) {
        assertTrue(receiver.isAlive());
        Thread.onSpinWait();
      }
      Map<String, String> environment =
          Map.of("NOTIFY_SOCKET", socket.toString(), "WATCHDOG_USEC", "300000");
      try (ServiceProcess doorbell =
          ServiceProcess.serve(directory, environment, "--drive", "emulated:memory?size=1MiB")) {
        doorbell.until("it is alive", () -> count(heard, "WATCHDOG=1") > 2);
        assertEquals(
            "READY=1 STATUS=serving 1 drives on port " + doorbell.port(), lines(heard).get(0));
        assertEquals(0, count(heard, "STOPPING=1 STATUS=draining"));
        doorbell.stop();
        doorbell.until("it has said so", () -> count(heard, "STOPPING=1 STATUS=draining") == 1);
        List<String> all = lines(heard);
        int stopping = all.indexOf("STOPPING=1 STATUS=draining");
        assertFalse(all.subList(stopping + 1, all.size()).contains("READY=1"), all::toString);
        assertTrue(all.get(stopping + 1).startsWith("WATCHDOG_USEC="), all::toString);
      }
    } finally {
      receiver.destroyForcibly();
    }
  }

  /** A shutdown must not depend on a manager that has gone. */
  @Test
  void isNotNeeded() {
    Map<String, String> environment =
        Map.of("NOTIFY_SOCKET", directory.resolve("nobody").toString(), "WATCHDOG_USEC", "100000");
    try (ServiceProcess doorbell =
        ServiceProcess.serve(directory, environment, "--drive", "emulated:memory?size=1MiB")) {
      doorbell.until(
          "it says that nobody listens",
          () -> doorbell.log().contains("the service manager could not be told"));
      doorbell.stop();
    }
  }

  private static long count(Path heard, String message) {
    return lines(heard).stream().filter(message::equals).count();
  }

  private static List<String> lines(Path heard) {
    try {
      return Files.readAllLines(heard);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
