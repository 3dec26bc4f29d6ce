package dev.doorbell.service.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** An ext4 file system of some hundred seeded files, as {@code mkfs.ext4 -d} makes it. */
final class FileSystemImage {
  static final int SIZE = 64 << 20;

  private static final int FILES = 300;

  private FileSystemImage() {}

  /** Makes the image as {@code source.img} in a directory. */
  static Path make(Path directory, long seed) throws IOException {
    System.out.println("file system image: seed " + seed);
    Random random = new Random(seed);
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Path at = tree;
    for (int i = 0; i < FILES; i++) {
      if (random.nextInt(8) == 0) {
        Path base = random.nextInt(3) == 0 ? tree : at;
        at = Files.createDirectories(base.resolve("directory-" + i));
      }
      byte[] content = new byte[random.nextInt(10) == 0 ? 500_000 : random.nextInt(20_000)];
      random.nextBytes(content);
      Path file = Files.write(at.resolve("file-" + i), content);
      if (i % 10 == 0) {
        Files.createSymbolicLink(at.resolve("link-" + i), file.getFileName());
      }
    }
    Path image = directory.resolve("source.img");
    Tool.MKFS_EXT4.run("-q", "-F", "-d", tree, image, "64M").ok();
    return image;
  }
}
