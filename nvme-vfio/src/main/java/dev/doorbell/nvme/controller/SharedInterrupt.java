package dev.doorbell.nvme.controller;

import dev.doorbell.device.Interrupt;

/**
 * A vector behind the queues of several threads. None of them may ask for silence: another one may
 * be asleep, waiting for a signal. Each may end the interrupt, as {@link #unmask} does.
 */
record SharedInterrupt(Interrupt vector) implements Interrupt {
  @Override
  public int fd() {
    return vector.fd();
  }

  @Override
  public void mask() {
    // Not for this thread alone to decide.
  }

  @Override
  public void unmask() {
    vector.unmask();
  }
}
