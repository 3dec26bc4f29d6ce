package dev.doorbell.service.config;

import dev.doorbell.vfio.PciAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Finds what two drives cannot share: a name, a PCI function, an image one of them writes. */
final class DriveConflicts {
  private final Mistakes mistakes;
  private final Map<String, String> names = new HashMap<>();
  private final Map<PciAddress, String> addresses = new HashMap<>();
  private final Map<Path, ImageUse> images = new HashMap<>();

  /** The first use of an image. */
  private record ImageUse(String key, boolean readOnly) {}

  DriveConflicts(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  void name(String key, String name, Origin origin) {
    String first = names.putIfAbsent(name, key);
    if (first != null) {
      mistakes.add(key + ".name", name, origin, "is the name of " + first + " already");
    }
  }

  void address(String key, PciAddress address, Raw uri) {
    String first = addresses.putIfAbsent(address, key);
    if (first != null) {
      mistakes.add(key, uri, "the controller is driven as " + first + " already");
    }
  }

  /** Two writers, or a writer and a reader, would each take the other's blocks for damage. */
  void image(String key, NamespaceConfig namespace, Raw raw) {
    if (!(namespace.backing() instanceof Backing.Image image)) {
      return;
    }
    ImageUse use = new ImageUse(key, namespace.readOnly());
    ImageUse first = images.putIfAbsent(identity(image.path()), use);
    if (first != null && !(first.readOnly() && use.readOnly())) {
      String problem = "is the image of " + first.key() + " already; only readonly ones are shared";
      mistakes.add(key + "." + NamespaceFields.IMAGE, raw, problem);
    }
  }

  /** The file behind symbolic links, as far as it exists. */
  private static Path identity(Path path) {
    try {
      return Files.exists(path) ? path.toRealPath() : path;
    } catch (IOException e) {
      return path;
    }
  }
}
