package dev.doorbell.service;

import dev.doorbell.service.cli.Cli;
import dev.doorbell.service.cli.Server;
import dev.doorbell.service.cli.Surroundings;

/** The program. */
public final class Doorbell {
  private Doorbell() {}

  public static void main(String[] arguments) {
    Surroundings surroundings = Surroundings.ofProcess(version());
    System.exit(new Cli(server(), surroundings).run(arguments));
  }

  private static Server server() {
    return config -> {
      throw new UnsupportedOperationException("this build serves nothing: no server is part of it");
    };
  }

  /** From the manifest of the jar; run from classes, there is none. */
  private static String version() {
    String version = Doorbell.class.getPackage().getImplementationVersion();
    return version == null ? "(development)" : version;
  }
}
