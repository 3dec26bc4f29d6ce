package dev.doorbell.service;

import dev.doorbell.service.cli.Cli;
import dev.doorbell.service.cli.Surroundings;

/** The program. */
public final class Doorbell {
  private Doorbell() {}

  public static void main(String[] arguments) {
    Surroundings surroundings = Surroundings.ofProcess(version());
    System.exit(new Cli(new ServeUntilSignal(), surroundings).run(arguments));
  }

  /** From the manifest of the jar; run from classes, there is none. */
  static String version() {
    String version = Doorbell.class.getPackage().getImplementationVersion();
    return version == null ? "(development)" : version;
  }
}
