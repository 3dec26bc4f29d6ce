package dev.doorbell.service.inventory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes up the {@code sys} and {@code proc} of a machine in a directory. */
public final class MadeUpMachine {
  private final Path root;

  public MadeUpMachine(Path root) {
    this.root = root;
    write("proc/self/mountinfo", "");
    write("proc/swaps", "Filename\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
  }

  /** Adds a function, in a group if that is not negative, with a driver if that is not null. */
  public MadeUpMachine function(String address, int classCode, int group, String driver) {
    String device = "sys/bus/pci/devices/" + address;
    write(device + "/class", "0x%06x\n".formatted(classCode));
    write(device + "/vendor", "0x144d\n");
    write(device + "/device", "0xa80a\n");
    write(device + "/numa_node", "0\n");
    if (driver != null) {
      link(device + "/driver", "sys/bus/pci/drivers/" + driver);
    }
    if (group >= 0) {
      link(device + "/iommu_group", "sys/kernel/iommu_groups/" + group);
      link("sys/kernel/iommu_groups/" + group + "/devices/" + address, device);
    }
    return this;
  }

  /** Adds a namespace of the kernel's driver with one partition. */
  public MadeUpMachine namespace(String address, String name, int minor) {
    String controller = name.substring(0, name.lastIndexOf('n'));
    write(
        "sys/bus/pci/devices/" + address + "/nvme/" + controller + "/" + name + "/dev",
        "259:" + minor + "\n");
    String block = "sys/class/block/" + name;
    write(block + "/dev", "259:" + minor + "\n");
    write(block + "/" + name + "p1/partition", "1\n");
    write(block + "p1/dev", "259:" + (minor + 1) + "\n");
    return this;
  }

  public MadeUpMachine write(String path, String text) {
    try {
      Path file = root.resolve(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public MadeUpMachine link(String from, String to) {
    try {
      Path link = root.resolve(from);
      Files.createDirectories(link.getParent());
      Path target = to.startsWith("/") ? Path.of(to) : root.resolve(to);
      if (!to.startsWith("/")) {
        Files.createDirectories(target);
      }
      Files.createSymbolicLink(link, target);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
