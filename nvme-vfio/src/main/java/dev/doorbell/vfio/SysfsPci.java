package dev.doorbell.vfio;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * The PCI functions of this machine as sysfs shows them. Reads at every call, since drivers come
 * and go; what is missing or unreadable is empty, -1 or absent. Safe for use by several threads.
 */
public final class SysfsPci {
  private static final int HEADER_TYPE = 0x0E;
  private static final int HEADER_TYPE_MASK = 0x7F;

  private static final Pattern PATH_OF_SEVERAL = Pattern.compile("^(nvme\\d+)c\\d+(n\\d+)$");

  private final Path root;

  /**
   * @param root where sysfs is mounted, {@code /sys} on any Linux
   */
  public SysfsPci(Path root) {
    this.root = root;
  }

  /** All functions, in order of their address. */
  public List<PciAddress> functions() {
    List<PciAddress> functions = new ArrayList<>();
    for (String name : list(root.resolve("bus/pci/devices"))) {
      PciAddress.parse(name).ifPresent(functions::add);
    }
    functions.sort(null);
    return functions;
  }

  public boolean exists(PciAddress address) {
    return Files.isDirectory(directory(address));
  }

  /** Base class, subclass and interface, 24 bits; -1 if unknown. NVMe is 010802h. */
  public int classCode(PciAddress address) {
    return number(directory(address).resolve("class"));
  }

  /** -1 if unknown. */
  public int vendorId(PciAddress address) {
    return number(directory(address).resolve("vendor"));
  }

  /** -1 if unknown. */
  public int deviceId(PciAddress address) {
    return number(directory(address).resolve("device"));
  }

  /** The NUMA node the function is attached to; -1 if the machine has none. */
  public int numaNode(PciAddress address) {
    return number(directory(address).resolve("numa_node"));
  }

  /** The kernel driver bound to it. */
  public Optional<String> driver(PciAddress address) {
    return driver(directory(address));
  }

  /** The bytes of configuration space that this user may read: 64 at least, all as root. */
  public byte[] config(PciAddress address) {
    try {
      return Files.readAllBytes(directory(address).resolve("config"));
    } catch (IOException e) {
      return new byte[0];
    }
  }

  /** The number of its IOMMU group; empty without an IOMMU. */
  public OptionalInt iommuGroup(PciAddress address) {
    return linkName(directory(address).resolve("iommu_group"))
        .filter(name -> name.chars().allMatch(c -> c >= '0' && c <= '9'))
        .map(name -> OptionalInt.of(Integer.parseInt(name)))
        .orElseGet(OptionalInt::empty);
  }

  /** An IOMMU group with its members and their drivers. */
  public IommuGroup group(int number) {
    Path directory = root.resolve("kernel/iommu_groups").resolve(Integer.toString(number));
    List<IommuGroup.Member> members = new ArrayList<>();
    for (String name : list(directory.resolve("devices"))) {
      members.add(member(directory.resolve("devices").resolve(name), name));
    }
    members.sort(null);
    boolean noIommu = "vfio-noiommu".equals(text(directory.resolve("name")));
    return new IommuGroup(number, members, noIommu);
  }

  /** The namespaces the kernel driver made of it, for example {@code nvme0n1}; empty if unbound. */
  public List<String> kernelBlockDevices(PciAddress address) {
    List<String> devices = new ArrayList<>();
    for (String controller : list(directory(address).resolve("nvme"))) {
      for (String name : list(directory(address).resolve("nvme").resolve(controller))) {
        // Of several paths to a namespace, nvme0c1n2 is the hidden one and nvme0n2 the device.
        String device = PATH_OF_SEVERAL.matcher(name).replaceFirst("$1$2");
        if (isBlockDevice(device)) {
          devices.add(device);
        }
      }
    }
    devices.sort(null);
    return devices;
  }

  private boolean isBlockDevice(String name) {
    return Files.isDirectory(root.resolve("class/block").resolve(name));
  }

  private IommuGroup.Member member(Path directory, String name) {
    boolean bridge =
        PciAddress.parse(name)
            .map(this::config)
            .filter(config -> config.length > HEADER_TYPE)
            .map(config -> (config[HEADER_TYPE] & HEADER_TYPE_MASK) != 0)
            .orElse(false);
    return new IommuGroup.Member(name, driver(directory), bridge);
  }

  private Path directory(PciAddress address) {
    return root.resolve("bus/pci/devices").resolve(address.toString());
  }

  private static Optional<String> driver(Path device) {
    return linkName(device.resolve("driver"));
  }

  private static Optional<String> linkName(Path link) {
    try {
      return Optional.of(Files.readSymbolicLink(link).getFileName().toString());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static int number(Path file) {
    String text = text(file);
    try {
      return text.isEmpty() ? -1 : Integer.decode(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).trim();
    } catch (IOException e) {
      return "";
    }
  }

  private static List<String> list(Path directory) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(path -> names.add(path.getFileName().toString()));
    } catch (IOException | DirectoryIteratorException e) {
      // A device that leaves while it is looked at, or one that never was.
      return names;
    }
    return names;
  }
}
