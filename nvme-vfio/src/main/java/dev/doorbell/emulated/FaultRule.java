package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Status;

/**
 * Which commands are to meet a fault, and which one. Immutable; made by {@link #of} and the methods
 * that narrow it down.
 *
 * @param opcode of the command, or {@link #ANY}
 * @param queue identifier of the submission queue, 0 for the admin queue, or {@link #ANY} for every
 *     I/O queue
 * @param firstLba of the blocks that a Read or Write must touch
 * @param lastLba inclusive; {@link Long#MAX_VALUE} with a first of 0 lets every command match
 * @param probability that a command that matches meets the fault, above 0 and at most 1
 * @param count of commands that meet it, then the rule is gone; 0 for no end
 * @param status for {@link Action#FAIL} and {@link Action#CORRUPT_STATUS}, as {@link Status} has it
 * @param delayNanos for {@link Action#DELAY} and {@link Action#REORDER}
 * @param copies for {@link Action#DUPLICATE}: how many completions too many
 */
public record FaultRule(
    Action action,
    int opcode,
    int queue,
    long firstLba,
    long lastLba,
    double probability,
    long count,
    int status,
    long delayNanos,
    int copies) {
  /** Every opcode, or every I/O queue. */
  public static final int ANY = -1;

  /** What happens to a command that matches. */
  public enum Action {
    /** It is not executed and ends with the status. */
    FAIL,
    /** It is not executed and never ends. */
    SWALLOW,
    /** It is executed, and its completion is lost. */
    DROP,
    /** Its completion comes late; until then it can be aborted. */
    DELAY,
    /** Its completion comes late by some part of the delay, so others overtake it. */
    REORDER,
    /** Its completion comes several times. */
    DUPLICATE,
    /** Its completion names a command that is not outstanding: the top bit of its CID is wrong. */
    CORRUPT_CID,
    /** Its completion carries the status. */
    CORRUPT_STATUS,
    /** Its completion has the phase tag of an old entry: the driver cannot see it. */
    CORRUPT_PHASE,
    /** The entry of its completion is taken for the next completion, too. */
    REUSE_ENTRY
  }

  public FaultRule {
    require(opcode >= ANY && opcode <= 0xFF, "opcode", opcode, "-1 to 255");
    require(queue >= ANY && queue <= 0xFFFF, "queue", queue, "-1 to 65535");
    require(firstLba >= 0, "first LBA", firstLba, "at least 0");
    require(lastLba >= firstLba, "last LBA", lastLba, "at least the first, " + firstLba);
    require(probability > 0 && probability <= 1, "probability", probability, "above 0, at most 1");
    require(count >= 0, "count", count, "at least 0");
    require(Status.isError(status) && status >>> 15 == 0, "status", status, "1 to 0x7FFF, no 0");
    require(delayNanos >= 0, "delay", delayNanos, "at least 0 ns");
    require(copies >= 1 && copies <= 1 << 16, "copies", copies, "1 to 65536");
  }

  /** Every command of every I/O queue, once; Internal Error; 10 ms; one copy. */
  public static FaultRule of(Action action) {
    return new FaultRule(
        action, ANY, ANY, 0, Long.MAX_VALUE, 1, 1, Status.INTERNAL_ERROR, 10_000_000, 1);
  }

  public FaultRule onOpcode(int value) {
    return new FaultRule(
        action, value, queue, firstLba, lastLba, probability, count, status, delayNanos, copies);
  }

  public FaultRule onQueue(int value) {
    return new FaultRule(
        action, opcode, value, firstLba, lastLba, probability, count, status, delayNanos, copies);
  }

  public FaultRule onBlocks(long first, long last) {
    return new FaultRule(
        action, opcode, queue, first, last, probability, count, status, delayNanos, copies);
  }

  public FaultRule withProbability(double value) {
    return new FaultRule(
        action, opcode, queue, firstLba, lastLba, value, count, status, delayNanos, copies);
  }

  /** Sets {@link #count}. */
  public FaultRule times(long value) {
    return new FaultRule(
        action, opcode, queue, firstLba, lastLba, probability, value, status, delayNanos, copies);
  }

  public FaultRule withStatus(int value) {
    return new FaultRule(
        action, opcode, queue, firstLba, lastLba, probability, count, value, delayNanos, copies);
  }

  public FaultRule withDelay(long nanos) {
    return new FaultRule(
        action, opcode, queue, firstLba, lastLba, probability, count, status, nanos, copies);
  }

  public FaultRule withCopies(int value) {
    return new FaultRule(
        action, opcode, queue, firstLba, lastLba, probability, count, status, delayNanos, value);
  }

  /** Whether it asks for certain blocks, so that commands without blocks do not match. */
  boolean limitedToBlocks() {
    return firstLba > 0 || lastLba < Long.MAX_VALUE;
  }

  private static void require(boolean ok, String what, Number value, String allowed) {
    if (!ok) {
      throw new IllegalArgumentException(what + ": " + value + ", allowed: " + allowed);
    }
  }
}
