package dev.doorbell.service.config;

import java.nio.file.Path;

/** Where the blocks of an emulated namespace live. */
public sealed interface Backing {
  /**
   * A file, created sparse where it does not exist.
   *
   * @param path absolute
   */
  record Image(Path path) implements Backing {}

  /** The memory of the process; gone when it ends. */
  record Memory() implements Backing {}

  /** Nothing, for benchmarks: writes are dropped, reads give whatever the memory held. */
  record NullDevice() implements Backing {}
}
