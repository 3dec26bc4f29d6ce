package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Debian package holds what the units and the documentation name. */
class PackageIT {
  @TempDir Path directory;

  private final Path deb = ServiceProcess.jar().resolveSibling("doorbell.deb");

  @Test
  void isOneThatDpkgTakesApart() throws IOException {
    String control = Tool.DPKG_DEB.run("--info", deb).ok();
    assertTrue(control.contains("Package: doorbell\n"), control);
    assertTrue(control.contains("openjdk-17-jre-headless"), control);
    for (String script : List.of("postinst", "prerm", "postrm", "conffiles")) {
      assertTrue(control.contains(" " + script), control);
    }
    Path root = directory.resolve("root");
    Tool.DPKG_DEB.run("--extract", deb, root).ok();
    assertEquals(
        -1, Files.mismatch(ServiceProcess.jar(), root.resolve("usr/share/doorbell/doorbell.jar")));
    for (String line : Deploy.text("deb/control/conffiles").lines().toList()) {
      assertTrue(Files.isRegularFile(root.resolve(line.substring(1))), line);
    }
    for (String unit : List.of("doorbell.service", "doorbell-vfio@.service")) {
      String text = Files.readString(root.resolve("lib/systemd/system").resolve(unit));
      for (String line : text.lines().filter(l -> l.matches("Exec\\w+=/.*")).toList()) {
        Path command = root.resolve(line.replaceFirst("Exec\\w+=/", "").split(" ")[0]);
        assertTrue(Files.isExecutable(command), line);
      }
      String documentation = text.replaceAll("(?s).*Documentation=file:///(\\S+).*", "$1");
      assertTrue(Files.isRegularFile(root.resolve(documentation)), documentation);
    }
    // The helpers find each other where they are put.
    String help = Tool.BASH.run(root.resolve("usr/lib/doorbell/vfio-bind"), "--help").ok();
    assertTrue(help.contains("vfio-bind"), help);
  }

  @Test
  void theBillOfMaterialsNamesWhatIsInTheJar() throws IOException {
    Path file = deb.resolveSibling("doorbell-sbom.json");
    // What makes it asks Maven's repositories, and is skipped where Maven may not.
    assumeFalse(Boolean.getBoolean("maven.offline") && !Files.exists(file), "built offline");
    JsonObject bom = new JsonObject(Files.readString(file));
    assertEquals("CycloneDX", bom.getString("bomFormat"));
    List<String> names =
        bom.getJsonArray("components").stream()
            .map(c -> ((JsonObject) c).getString("name"))
            .collect(Collectors.toList());
    assertTrue(
        names.containsAll(
            List.of(
                "nvme-vfio",
                "vertx-core",
                "netty-transport-classes-epoll",
                "jnr-ffi",
                "logback-classic",
                "snakeyaml",
                "picocli")),
        names::toString);
    assertTrue(
        names.stream().noneMatch(n -> n.contains("junit") || n.contains("archunit")),
        names::toString);
  }
}
