package dev.doorbell.emulated;

import java.nio.ByteBuffer;

/** Executes the commands of a submission queue, under the lock of its completion queue. */
interface CommandSet {
  /** The command is still at work; it ends later through its queue. */
  int PENDING = -2;

  /** As {@link #PENDING}, but the command does not end until an event; its slot is free again. */
  int RETAINED = -3;

  /** The command is kept until the next one of its queue is there; its slot is not free. */
  int HELD = -4;

  /**
   * Executes one command.
   *
   * @param command slot of the command, with the CID set; its result is 0
   * @param sqe the buffer the entry lies in, shared with the host: each field is read once
   * @param at offset of the entry
   * @return a status, {@link #PENDING}, {@link #RETAINED} or {@link #HELD}
   */
  int execute(Command command, ByteBuffer sqe, int at);
}
