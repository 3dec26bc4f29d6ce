package dev.doorbell.nvme.queue;

/**
 * The command slots of a queue pair: which command a command identifier names.
 *
 * <p>An identifier is the slot number in its low bits and a sequence number above, which changes
 * with every use of the slot. So a completion that comes late, or twice, does not complete the
 * command that has the slot now. A queue of more than 32 768 entries needs all 16 bits for the slot
 * and goes without this protection.
 *
 * <pre>
 *   CID 15:0 = sequence | slot
 * </pre>
 *
 * <p>A queue of n entries has n − 1 slots: as many as may be outstanding. The all-ones identifier,
 * which the standard reserves, thus never occurs. Belongs to the owner thread.
 */
final class CommandSlots {
  private final Command[] commands;
  private final char[] cids;
  private final int[] free;
  private final int slotMask;
  private final int sequenceStep;
  private int freeCount;

  /** The oldest command when last asked, and when it was posted: it may have ended since. */
  private Command oldest;

  private int oldestSlot;
  private int oldestPostedAt;

  CommandSlots(int queueEntries) {
    int slots = queueEntries - 1;
    this.sequenceStep = queueEntries == 1 ? 1 : Integer.highestOneBit(queueEntries - 1) << 1;
    this.slotMask = sequenceStep - 1;
    this.commands = new Command[slots];
    this.cids = new char[slots];
    this.free = new int[slots];
    for (int slot = 0; slot < slots; slot++) {
      cids[slot] = (char) slot;
      free[slot] = slots - 1 - slot;
    }
    this.freeCount = slots;
  }

  int count() {
    return commands.length;
  }

  boolean anyFree() {
    return freeCount > 0;
  }

  int inUse() {
    return commands.length - freeCount;
  }

  /** Takes a free slot, of which there must be one. */
  int take(Command command) {
    int slot = free[--freeCount];
    commands[slot] = command;
    return slot;
  }

  int cid(int slot) {
    return cids[slot];
  }

  /**
   * Frees the slot of an identifier and moves its sequence on.
   *
   * @return the command that had it, or null if the identifier names none that is outstanding
   */
  Command release(int cid) {
    int slot = cid & slotMask;
    if (slot >= commands.length || cids[slot] != cid) {
      return null;
    }
    Command command = commands[slot];
    if (command == null) {
      return null;
    }
    commands[slot] = null;
    cids[slot] += (char) sequenceStep;
    free[freeCount++] = slot;
    return command;
  }

  /** Frees {@code slot}; null if it is not in use. */
  Command releaseSlot(int slot) {
    return commands[slot] == null ? null : release(cids[slot]);
  }

  /**
   * The slot of the command that has been outstanding longest, or -1. Looks at all of them only
   * when the last answer no longer holds, so asking now and then costs next to nothing.
   */
  int oldest() {
    Command known = oldest;
    if (known != null && commands[oldestSlot] == known && known.postedAt == oldestPostedAt) {
      return oldestSlot;
    }
    oldest = null;
    for (int slot = 0; slot < commands.length; slot++) {
      Command command = commands[slot];
      if (command != null && (oldest == null || command.postedAt - oldestPostedAt < 0)) {
        oldest = command;
        oldestSlot = slot;
        oldestPostedAt = command.postedAt;
      }
    }
    return oldest == null ? -1 : oldestSlot;
  }

  /** The tick at which the command of {@code slot}, which is in use, was posted. */
  int postedAt(int slot) {
    return commands[slot].postedAt;
  }

  /** The identifier of a command that is outstanding, or -1. */
  int cidOf(Command command) {
    for (int slot = 0; slot < commands.length; slot++) {
      if (commands[slot] == command) {
        return cids[slot];
      }
    }
    return -1;
  }

  /** Frees any one slot in use; null when none is. */
  Command releaseAny() {
    for (int slot = 0; slot < commands.length; slot++) {
      if (commands[slot] != null) {
        return release(cids[slot]);
      }
    }
    return null;
  }
}
