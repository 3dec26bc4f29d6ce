package dev.doorbell.service.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.inventory.MadeUpMachine;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevicesCommandTest {
  @TempDir Path root;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    Surroundings surroundings =
        new Surroundings(
            Map.of(), root, 1, "1", root, new PrintWriter(out), new PrintWriter(err, true));
    return new Cli(config -> 0, surroundings).run(arguments);
  }

  private void machine() {
    new MadeUpMachine(root)
        .function("0000:03:00.0", 0x010802, 7, "nvme")
        .namespace("0000:03:00.0", "nvme0n1", 4)
        .write("proc/self/mountinfo", "22 1 259:5 / / rw - ext4 /dev/nvme0n1p1 rw\n")
        .function("0000:04:00.0", 0x010802, 9, "vfio-pci")
        .function("0000:05:00.0", 0x010802, 10, null)
        .function("0000:05:00.1", 0x0C0330, 10, "xhci_hcd")
        .function("0000:06:00.0", 0x010802, -1, "nvme");
  }

  @Test
  void showsEachControllerWithTheCommandThatBindsIt() {
    machine();
    assertEquals(0, run("devices"));
    assertEquals(
        List.of(
            "ADDRESS       ID         DRIVER    GROUP  MEMBERS                    VIABLE"
                + "                       IN USE                  COMMAND",
            "0000:03:00.0  144d:a80a  nvme      7      0000:03:00.0               yes"
                + "                          nvme0n1p1 mounted at /  deploy/bin/vfio-bind"
                + " 0000:03:00.0",
            "0000:04:00.0  144d:a80a  vfio-pci  9      0000:04:00.0               yes"
                + "                          no                      deploy/bin/vfio-unbind"
                + " 0000:04:00.0",
            "0000:05:00.0  144d:a80a  -         10     0000:05:00.0 0000:05:00.1  no: 0000:05:00.1"
                + " (xhci_hcd)  no                      deploy/bin/vfio-bind 0000:05:00.0",
            "0000:06:00.0  144d:a80a  nvme      -      -                          no IOMMU"
                + "                     no                      deploy/bin/vfio-bind 0000:06:00.0"),
        out.toString().lines().toList());
  }

  @Test
  void saysTheSameAsJson() {
    machine();
    assertEquals(0, run("devices", "-o", "json"));
    JsonArray all = new JsonArray(out.toString());
    assertEquals(4, all.size());
    JsonObject first = all.getJsonObject(0);
    assertEquals("0000:03:00.0", first.getString("address"));
    assertEquals("nvme", first.getString("driver"));
    assertEquals(7, first.getInteger("iommu_group"));
    assertTrue(first.getBoolean("viable"));
    assertTrue(first.getBoolean("in_use"));
    assertEquals("nvme0n1p1 mounted at /", first.getJsonArray("uses").getString(0));
    assertEquals("deploy/bin/vfio-bind 0000:03:00.0", first.getString("command"));
    JsonObject third = all.getJsonObject(2);
    assertEquals(null, third.getString("driver"));
    assertEquals(false, third.getBoolean("viable"));
    assertEquals(
        new JsonObject("{\"name\": \"0000:05:00.1\", \"driver\": \"xhci_hcd\", \"blocks\": true}"),
        third.getJsonArray("group_members").getJsonObject(1));
    assertEquals(null, all.getJsonObject(3).getInteger("iommu_group"));
    assertEquals(true, all.getJsonObject(3).getBoolean("no_iommu"));
  }

  @Test
  void saysSoWhenThereIsNone() {
    assertEquals(0, run("devices"));
    assertEquals("no NVMe controllers\n", out.toString());
    out.getBuffer().setLength(0);
    assertEquals(0, run("devices", "--output=json"));
    assertEquals("[]\n", out.toString());
  }

  @Test
  void refusesAFormatThatItDoesNotKnow() {
    assertEquals(2, run("devices", "-o", "xml"));
    assertEquals(
        "doorbell: error: unknown format xml; allowed: table, json",
        err.toString().lines().findFirst().orElse(""));
  }
}
