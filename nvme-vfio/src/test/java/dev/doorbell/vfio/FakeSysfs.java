package dev.doorbell.vfio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes up a sysfs in a directory. */
final class FakeSysfs {
  private final Path root;

  FakeSysfs(Path root) {
    this.root = root;
  }

  /** Adds a function, in a group if that is not negative, with a driver if that is not null. */
  FakeSysfs function(String address, int classCode, int group, String driver) {
    try {
      Path device = root.resolve("bus/pci/devices").resolve(address);
      Files.createDirectories(device);
      Files.writeString(device.resolve("class"), "0x%06x\n".formatted(classCode));
      Files.writeString(device.resolve("vendor"), "0x1b36\n");
      Files.writeString(device.resolve("device"), "0x0010\n");
      Files.writeString(device.resolve("numa_node"), "-1\n");
      byte[] config = new byte[64];
      config[0x0E] = (byte) (classCode >>> 8 == 0x0604 ? 0x81 : 0x80);
      Files.write(device.resolve("config"), config);
      if (driver != null) {
        link(device.resolve("driver"), root.resolve("bus/pci/drivers").resolve(driver));
      }
      if (group >= 0) {
        Path directory = root.resolve("kernel/iommu_groups").resolve(Integer.toString(group));
        link(device.resolve("iommu_group"), directory);
        Files.createDirectories(directory.resolve("devices"));
        Files.createSymbolicLink(directory.resolve("devices").resolve(address), device);
      }
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  FakeSysfs groupName(int group, String name) throws IOException {
    Files.writeString(root.resolve("kernel/iommu_groups/" + group + "/name"), name + "\n");
    return this;
  }

  private static void link(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    Files.createSymbolicLink(from, to);
  }

  SysfsPci pci() {
    return new SysfsPci(root);
  }
}
