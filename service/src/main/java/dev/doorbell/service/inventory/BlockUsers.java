package dev.doorbell.service.inventory;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who uses a block device of the kernel: mounts, swap, and devices built on it (md, dm, bcache),
 * with those of its partitions. Processes that merely hold its node open are not looked for.
 */
final class BlockUsers {
  private final Path classBlock;
  private final Path proc;

  BlockUsers(Path sys, Path proc) {
    this.classBlock = sys.resolve("class/block");
    this.proc = proc;
  }

  /**
   * @param device for example {@code nvme0n1}
   * @return for example {@code nvme0n1p2 mounted at /}; empty if nobody
   */
  List<String> of(String device) {
    List<String> users = new ArrayList<>();
    List<String> names = new ArrayList<>();
    names.add(device);
    for (String name : list(classBlock.resolve(device))) {
      if (Files.exists(classBlock.resolve(device).resolve(name).resolve("partition"))) {
        names.add(name);
      }
    }
    names.forEach(name -> addUsers(name, users));
    return users;
  }

  private void addUsers(String name, List<String> users) {
    String node = "/dev/" + name;
    String number = read(classBlock.resolve(name).resolve("dev")).trim();
    for (String line : read(proc.resolve("self/mountinfo")).lines().toList()) {
      // ID, parent, major:minor, root, mount point, options ... - type, source, options
      String[] fields = line.split(" ");
      int dash = List.of(fields).indexOf("-");
      if (fields.length > 4
          && (fields[2].equals(number) || dash > 0 && node.equals(at(fields, dash + 2)))) {
        users.add(name + " mounted at " + unescape(fields[4]));
      }
    }
    for (String line : read(proc.resolve("swaps")).lines().toList()) {
      if (line.startsWith(node + " ") || line.startsWith(node + "\t")) {
        users.add(name + " used as swap");
      }
    }
    for (String holder : list(classBlock.resolve(name).resolve("holders"))) {
      users.add(name + " part of " + holder);
    }
  }

  private static String at(String[] fields, int index) {
    return index < fields.length ? fields[index] : "";
  }

  /** The kernel writes a space in a path as {@code \040}. */
  private static String unescape(String path) {
    return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  private static List<String> list(Path directory) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(path -> names.add(path.getFileName().toString()));
    } catch (IOException | DirectoryIteratorException e) {
      // Gone meanwhile: nobody uses it.
      return names;
    }
    names.sort(null);
    return names;
  }
}
