package dev.doorbell.nvme.controller;

import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_FATAL;

import dev.doorbell.device.Registers;
import java.util.function.BooleanSupplier;

/**
 * Waits for a controller, no longer than a deadline, and not at all once it is fatal or gone.
 *
 * <p>CSTS.CFS set, or a register that reads all ones (the function has left the bus), ends the wait
 * at once (NVMe Base 1.4, 3.1.6).
 */
final class Deadlines {
  static final int GONE = 0xFFFFFFFF;

  private final Registers registers;
  private final Waiting waiting;

  Deadlines(Registers registers, Waiting waiting) {
    this.registers = registers;
    this.waiting = waiting;
  }

  /**
   * Waits until {@code condition}.
   *
   * @param what names the wait in the error
   * @throws NvmeException if {@code millis} pass first, or the controller fails meanwhile
   */
  void await(String what, long millis, BooleanSupplier condition) {
    await(what, millis, condition, true);
  }

  /** As {@link #await(String, long, BooleanSupplier)}, but CSTS.CFS does not end the wait. */
  void awaitEvenIfFatal(String what, long millis, BooleanSupplier condition) {
    await(what, millis, condition, false);
  }

  private void await(String what, long millis, BooleanSupplier condition, boolean fatalEnds) {
    long start = waiting.nanoTime().getAsLong();
    while (!condition.getAsBoolean()) {
      int csts = registers.readInt(CSTS);
      if (csts == GONE) {
        throw new NvmeException(
            what + ": the device is gone: its registers read all ones; check the slot or power");
      }
      if (fatalEnds && (csts & CSTS_FATAL) != 0) {
        throw new NvmeException(
            "%s: the controller reports a fatal error (CSTS.CFS, CSTS=0x%x); reset or replace it"
                .formatted(what, csts));
      }
      if (waiting.nanoTime().getAsLong() - start > millis * 1_000_000L) {
        throw new NvmeException(
            "%s: no answer within %d ms (CSTS=0x%x)".formatted(what, millis, csts));
      }
      waiting.idle().run();
    }
  }
}
