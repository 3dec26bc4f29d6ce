package dev.doorbell.service.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Checks the fields of one emulated namespace and makes its configuration. */
final class NamespaceBuilder {
  private static final int DEFAULT_LBA_SIZE = 4096;

  private final String key;
  private final Map<String, Raw> fields;
  private final Origin origin;
  private final Mistakes mistakes;

  private NamespaceBuilder(String key, RawDrive.RawNamespace namespace, Mistakes mistakes) {
    this.key = key;
    this.fields = namespace.fields();
    this.origin = namespace.origin();
    this.mistakes = mistakes;
  }

  /**
   * The namespace; empty after mistakes were reported.
   *
   * @param key for messages, such as {@code drives[0].namespaces[1]}
   */
  static Optional<NamespaceConfig> build(
      String key, RawDrive.RawNamespace namespace, Mistakes mistakes) {
    int before = mistakes.count();
    NamespaceConfig config = new NamespaceBuilder(key, namespace, mistakes).build();
    return mistakes.count() == before ? Optional.of(config) : Optional.empty();
  }

  private NamespaceConfig build() {
    Backing backing = backing();
    int lbaSize = lbaSize();
    boolean readOnly =
        fields.containsKey(NamespaceFields.READ_ONLY) && flag(NamespaceFields.READ_ONLY);
    long size = size(lbaSize);
    if (backing instanceof Backing.Image image) {
      size = imageSize(image.path(), size, lbaSize, readOnly);
    } else if (backing != null && !fields.containsKey(NamespaceFields.SIZE)) {
      mistakes.add(key, null, origin, "needs a size, such as size=1GiB, for it has no image");
    }
    ZoneConfig zones = ZoneBuilder.build(key, fields, size, lbaSize, mistakes);
    return new NamespaceConfig(backing, size, lbaSize, readOnly, zones);
  }

  private Backing backing() {
    String given = null;
    for (String candidate : NamespaceFields.BACKINGS) {
      if (fields.containsKey(candidate)) {
        if (given != null) {
          mistakes.add(
              key, null, origin, "has both " + given + " and " + candidate + "; give one of them");
          return null;
        }
        given = candidate;
      }
    }
    if (given == null) {
      mistakes.add(
          key, null, origin, "needs one of image: PATH, memory: true or null_device: true");
      return null;
    }
    return given.equals(NamespaceFields.IMAGE) ? image() : unbacked(given);
  }

  private Backing unbacked(String name) {
    Raw raw = fields.get(name);
    if (!raw.text().equals("true")) {
      mistakes.add(key + "." + name, raw, "must be true, or left out");
    }
    return name.equals(NamespaceFields.MEMORY) ? new Backing.Memory() : new Backing.NullDevice();
  }

  private Backing image() {
    Raw raw = fields.get(NamespaceFields.IMAGE);
    try {
      return new Backing.Image(ValueType.path(raw));
    } catch (InvalidValueException e) {
      mistakes.add(key + "." + NamespaceFields.IMAGE, raw, e.getMessage());
      return null;
    }
  }

  private int lbaSize() {
    Raw raw = fields.get(NamespaceFields.LBA_SIZE);
    if (raw == null) {
      return DEFAULT_LBA_SIZE;
    }
    return switch (raw.text()) {
      case "512" -> 512;
      case "1024", "1KiB" -> 1024;
      case "2048", "2KiB" -> 2048;
      case "4096", "4KiB" -> 4096;
      default -> {
        mistakes.add(key + "." + NamespaceFields.LBA_SIZE, raw, "must be 512, 1024, 2048 or 4096");
        yield DEFAULT_LBA_SIZE;
      }
    };
  }

  private boolean flag(String name) {
    try {
      return new ValueType.Flag().parse(fields.get(name));
    } catch (InvalidValueException e) {
      mistakes.add(key + "." + name, fields.get(name), e.getMessage());
      return false;
    }
  }

  /** The size as given; 0 if it is not, or is wrong. */
  private long size(int lbaSize) {
    Raw raw = fields.get(NamespaceFields.SIZE);
    if (raw == null) {
      return 0;
    }
    try {
      long size = Numbers.size(raw.text());
      if (size == 0 || size % lbaSize != 0) {
        throw new InvalidValueException(
            "must be a positive multiple of the block size, " + lbaSize + " bytes");
      }
      return size;
    } catch (InvalidValueException e) {
      mistakes.add(key + "." + NamespaceFields.SIZE, raw, e.getMessage());
      return 0;
    }
  }

  /** The size of the namespace on the image: the file's where it exists. */
  private long imageSize(Path path, long given, int lbaSize, boolean readOnly) {
    if (!Files.exists(path)) {
      newImage(path, readOnly);
      return given;
    }
    if (!Files.isRegularFile(path)) {
      return imageMistake("is not a regular file");
    }
    if (!Files.isReadable(path)) {
      return imageMistake("cannot be read");
    }
    if (!readOnly && !Files.isWritable(path)) {
      return imageMistake("cannot be written; make it writable or set readonly=true");
    }
    return existingSize(path, given, lbaSize);
  }

  private void newImage(Path path, boolean readOnly) {
    if (readOnly) {
      imageMistake("no such file; a read-only image must exist");
    } else if (!fields.containsKey(NamespaceFields.SIZE)) {
      imageMistake("no such file; give a size, such as size=1GiB, to create it");
    } else if (!Files.isDirectory(path.getParent())) {
      imageMistake("the directory " + path.getParent() + " does not exist");
    }
  }

  private long existingSize(Path path, long given, int lbaSize) {
    long length;
    try {
      length = Files.size(path);
    } catch (IOException e) {
      return imageMistake("cannot be read: " + e.getMessage());
    }
    // Neither cut off what a larger image holds nor guess what the rest of a smaller one should be.
    if (given != 0 && given != length) {
      String problem = "the image exists and has " + length + " bytes; leave the size out";
      mistakes.add(key + "." + NamespaceFields.SIZE, fields.get(NamespaceFields.SIZE), problem);
    } else if (length == 0 || length % lbaSize != 0) {
      imageMistake(
          "has "
              + length
              + " bytes, which is no positive multiple of the block size, "
              + lbaSize
              + " bytes");
    }
    return length;
  }

  private long imageMistake(String problem) {
    mistakes.add(key + "." + NamespaceFields.IMAGE, fields.get(NamespaceFields.IMAGE), problem);
    return 0;
  }
}
