package dev.doorbell.vfio;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which processes hold a device node open, as far as this user may see: all as root, else its own.
 */
public final class OpenFiles {
  private final Path proc;

  /**
   * @param proc where procfs is mounted, {@code /proc} on any Linux
   */
  public OpenFiles(Path proc) {
    this.proc = proc;
  }

  /**
   * Those that hold {@code path} open, for example {@code java (4711)}, in order of their number.
   */
  public List<String> users(String path) {
    List<Integer> ids = new ArrayList<>();
    for (Path process : list(proc)) {
      String name = process.getFileName().toString();
      if (name.chars().allMatch(c -> c >= '0' && c <= '9') && holds(process, path)) {
        ids.add(Integer.valueOf(name));
      }
    }
    ids.sort(null);
    return ids.stream().map(id -> command(id) + " (" + id + ")").toList();
  }

  private static boolean holds(Path process, String path) {
    for (Path fd : list(process.resolve("fd"))) {
      try {
        if (Files.readSymbolicLink(fd).toString().equals(path)) {
          return true;
        }
      } catch (IOException e) {
        // Closed while it was looked at.
        continue;
      }
    }
    return false;
  }

  private String command(int id) {
    try {
      return Files.readString(proc.resolve(Integer.toString(id)).resolve("comm")).trim();
    } catch (IOException e) {
      return "process";
    }
  }

  private static List<Path> list(Path directory) {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (IOException | DirectoryIteratorException e) {
      // Another user's process, or one that has ended.
      return entries;
    }
    return entries;
  }
}
