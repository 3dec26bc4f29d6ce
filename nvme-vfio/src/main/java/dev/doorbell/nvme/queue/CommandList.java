package dev.doorbell.nvme.queue;

/** Commands that wait for a slot, first come, first served; linked through {@link Command#next}. */
final class CommandList {
  Command first;
  private Command last;
  private int count;

  void append(Command command) {
    command.next = null;
    if (first == null) {
      first = command;
    } else {
      last.next = command;
    }
    last = command;
    count++;
  }

  /** The first, which is in the list no more; null if there is none. */
  Command take() {
    Command taken = first;
    if (taken != null) {
      first = taken.next;
      taken.next = null;
      count--;
    }
    return taken;
  }

  int count() {
    return count;
  }
}
