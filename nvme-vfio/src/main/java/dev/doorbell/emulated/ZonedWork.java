package dev.doorbell.emulated;

import dev.doorbell.emulated.zoned.ZoneRequest;

/** What a command of a zoned namespace is about; belongs to its command slot and is reused. */
final class ZonedWork extends ZoneRequest {
  /** What its next turn on a worker is for. */
  enum Step {
    /** To begin, again: it was deferred. */
    BEGIN,
    /** To transfer the data of a write. */
    TRANSFER,
    /** To commit a write or a management action. */
    COMMIT,
    /** To give back the space of zones whose reset has been committed. */
    RELEASE,
    /** To end a management action that was refused. */
    REFUSED
  }

  final Command command;
  final ZonedCommands commands;
  Step step;

  ZonedWork(Command command, ZonedCommands commands) {
    this.command = command;
    this.commands = commands;
  }

  void run() {
    commands.run(this);
  }

  int runNow() {
    return commands.runNow(this);
  }

  void synced(int status) {
    commands.synced(this, status);
  }
}
